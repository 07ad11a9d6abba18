/**
 * Rows of a table whose outcome has to meet conditions.
 */
import { renderTable } from './document.ts'

export interface Condition<Outcome> {
  text: string

  /**
   * Why it does not hold, if it does not
   */
  broken (outcome: Outcome): string | undefined
}

export interface JudgedRow<Outcome> {
  readonly name: string

  /**
   * Nothing where it is there to compare with
   */
  readonly mustBe: ReadonlyArray<Condition<Outcome>>
}

export interface Result<Row, Outcome> {
  row: Row

  /**
   * What came out, or why nothing did
   */
  outcome: Outcome | Error

  /**
   * Why it is not what must be
   */
  reasons: string[]
}

export function judge <Outcome, Row extends JudgedRow<Outcome>> (row: Row & JudgedRow<Outcome>, outcome: NoInfer<Outcome> | Error): Result<Row, Outcome> {
  const reasons = outcome instanceof Error
    ? [outcome.message]
    : row.mustBe.flatMap(condition => condition.broken(outcome) ?? [])

  return { row, outcome, reasons }
}

function verdict <Outcome> ({ row, reasons }: Result<JudgedRow<Outcome>, Outcome>): string {
  if (reasons.length > 0) {
    return 'FAILED'
  }

  return row.mustBe.length === 0 ? '' : 'passed'
}

function conditions <Outcome> ({ mustBe }: JudgedRow<Outcome>): string {
  return mustBe.map(({ text }) => text).join('; ')
}

/**
 * `describe` says what came out, in lines with a name each
 */
export function renderResult <Outcome> (result: Result<JudgedRow<Outcome>, Outcome>, describe: (outcome: Outcome) => Record<string, string>): string {
  const { row, outcome, reasons } = result
  const line = (name: string, text: string): string => `  ${name.padEnd(9)}${text}`

  return [
    row.name,
    ...outcome instanceof Error ? [] : Object.entries(describe(outcome)).map(([name, text]) => line(name, text)),
    ...row.mustBe.length === 0 ? [] : [line('must be', conditions(row))],
    ...reasons.map(reason => line('FAILED', reason)),
    ...verdict(result) === 'passed' ? [line('passed', '')] : []
  ].map(text => text.trimEnd()).join('\n')
}

/**
 * What came out has these columns
 */
export function renderMarkdown <Outcome> (results: Array<Result<JudgedRow<Outcome>, Outcome>>, columns: string[], describe: (outcome: Outcome) => Record<string, string>): string {
  return renderTable(['what happens', ...columns, 'must be', 'verdict'], results.map(result => {
    const { row, outcome } = result
    const cells = outcome instanceof Error ? columns.map((_, i) => i === 0 ? outcome.message : '') : Object.values(describe(outcome))

    return [row.name, ...cells, conditions(row), verdict(result)]
  }))
}
