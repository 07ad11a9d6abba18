/**
 * The results as a page in Markdown.
 */
import { homedir } from 'node:os'
import { KNOWN_FAILURES } from './known-failures.ts'
import type { KnownFailure } from './known-failures.ts'
import type { Figure, Outcome } from './outcome.ts'

export interface ResultsInit {
  /**
   * In the order of the columns
   */
  pairs: string[]

  /**
   * In the order of the rows
   */
  scenarios: string[]
  outcomes: Outcome[]

  /**
   * Pairs that were not run, and why
   */
  skippedPairs: Map<string, string>

  /**
   * Name and version
   */
  implementations: Array<[string, string]>

  /**
   * Where and how it was run, one statement each
   */
  circumstances: string[]
  summary: string
  known?: KnownFailure[]
}

export function renderResults (init: ResultsInit): string {
  const footnotes = new Footnotes()
  const sections = [
    ['# Results of the interoperability tests', 'Written by `npm run test:interop`: edits would be lost.', `**${init.summary}**`, list(init.circumstances)],
    ['## Implementations', table(['implementation', 'version'], init.implementations)],
    ['## Scenarios', 'Dialer → listener. What is called "theirs" fails through a fault of the other implementation\'s, see below; "can\'t" is what an implementation lacks.', matrix(init, footnotes), footnotes.render()],
    ['## Figures', 'Measured on the way, while other scenarios ran beside: they tell orders of magnitude.', figures(init)],
    theirs(init),
    repeated(init),
    failed(init),
    notes(init)
  ]

  return `${sections.filter(section => section.length > 0).map(section => section.join('\n\n')).join('\n\n')}\n`
}

class Footnotes {
  private readonly texts: string[] = []

  mark (text: string): string {
    if (!this.texts.includes(text)) {
      this.texts.push(text)
    }

    return `[^${this.texts.indexOf(text) + 1}]`
  }

  render (): string {
    return this.texts.map((text, index) => `[^${index + 1}]: ${text}`).join('\n')
  }
}

/**
 * What comes from outside must not end a cell, or be taken for Markdown
 */
function escape (text: string): string {
  return text.replaceAll('\n', ' ').replace(/[|\\<>*_`[\]]/g, '\\$&')
}

function code (text: string): string {
  return `\`${text.replaceAll('\n', ' ').replaceAll('`', '\'')}\``
}

function list (items: string[]): string {
  return items.map(item => `- ${item}`).join('\n')
}

function table (head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function heading (pair: string): string {
  return pair.replace('->', '→')
}

function matrix ({ pairs, scenarios, outcomes, skippedPairs }: ResultsInit, footnotes: Footnotes): string {
  return table(['', ...pairs.map(heading)], scenarios.map(scenario => [
    scenario,
    ...pairs.map(pair => {
      const skipped = skippedPairs.get(pair)

      return skipped == null
        ? cell(outcomes.filter(outcome => outcome.pair === pair && outcome.scenario === scenario), footnotes)
        : `skipped${footnotes.mark(skipped)}`
    })
  ]))
}

/**
 * One run, or several of the same
 */
function cell (runs: Outcome[], footnotes: Footnotes): string {
  const count = (result: Outcome['result']): number => runs.filter(run => run.result === result).length
  const share = (result: Outcome['result']): string => runs.length > 1 ? ` ${count(result)} of ${runs.length}` : ''
  const reason = runs.map(run => run.reason ?? run.before?.reason).find(reason => reason != null)
  const mark = reason == null ? '' : footnotes.mark(escape(reason))

  if (runs.length === 0) {
    return ''
  }

  if (count('failed') > 0) {
    return `**fail**${share('failed')}`
  }

  if (count('theirs') > 0) {
    return `theirs${share('theirs')}${mark}`
  }

  return count('cannot') > 0 ? `can't${mark}` : `pass${mark}`
}

function figures ({ pairs, scenarios, outcomes, skippedPairs }: ResultsInit): string {
  const columns = pairs.filter(pair => !skippedPairs.has(pair))
  const rows = scenarios.flatMap(scenario => {
    const runs = outcomes.filter(outcome => outcome.scenario === scenario)
    const kinds = new Map(runs.flatMap(run => run.figures).map(({ name, unit }) => [`${name}, ${unit}`, name]))

    return [...kinds].map(([kind, name]) => [
      `${scenario}: ${kind}`,
      ...columns.map(pair => median(runs.filter(run => run.pair === pair).flatMap(run => run.figures).filter(figure => figure.name === name)))
    ])
  })

  return table(['', ...columns.map(heading)], rows)
}

function median (samples: Figure[]): string {
  if (samples.length === 0) {
    return ''
  }

  const value = samples.map(({ value }) => value).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]

  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString('en')
}

/**
 * What our end did is known: `explain` lets nothing else pass
 */
function theirs ({ outcomes, known = KNOWN_FAILURES }: ResultsInit): string[] {
  return explained(
    '## Faults of other implementations',
    'Each of these scenarios was run. At our end the process went on, and nothing was left of the connection once it was closed.',
    outcomes.filter(({ result }) => result === 'theirs'),
    known
  )
}

function repeated ({ outcomes, known = KNOWN_FAILURES }: ResultsInit): string[] {
  return explained(
    '## Run again',
    'These failed in a way that is known and rare, and were run again. The table has what came out then.',
    outcomes.flatMap(({ before }) => before ?? []),
    known
  )
}

/**
 * A section of what is known, with the evidence, if there is any
 */
function explained (title: string, introduction: string, outcomes: Outcome[], known: KnownFailure[]): string[] {
  // entries for several pairs may have one reason
  const reasons = new Map(known.map(entry => [entry.reason, entry]))
  const entries = [...reasons.values()].map(entry => ({ entry, runs: outcomes.filter(({ reason }) => reason === entry.reason) }))
    .filter(({ runs }) => runs.length > 0)

  if (entries.length === 0) {
    return []
  }

  return [
    title,
    introduction,
    ...entries.flatMap(({ entry, runs }) => [
      `### ${escape(entry.reason)}`,
      `Evidence: ${entry.evidence}`,
      list(runs.map(({ pair, scenario, failures }) => `${heading(pair)}, ${scenario}: ${failures.map(({ message }) => code(message)).join('; ')}`))
    ])
  ]
}

function failed ({ outcomes }: ResultsInit): string[] {
  const runs = outcomes.filter(({ result }) => result === 'failed')

  if (runs.length === 0) {
    return []
  }

  return [
    '## Failures',
    ...runs.map(({ pair, scenario, failures, lastLines }) => [
      `### ${heading(pair)}, ${scenario}`,
      list(failures.map(({ check, message }) => `${check}: ${code(message)}`)),
      ...lastLines.length === 0 ? [] : [`\`\`\`\n${lastLines.join('\n')}\n\`\`\``]
    ].join('\n\n'))
  ]
}

function notes ({ pairs, outcomes }: ResultsInit): string[] {
  const rows = pairs.flatMap(pair => {
    const runs = outcomes.filter(outcome => outcome.pair === pair)
    const byText = Map.groupBy(runs.flatMap(({ scenario, notes }) => notes.map(note => ({ scenario, text: withoutDetails(note) }))), ({ text }) => text)

    return [...byText].map(([text, all]) => [heading(pair), escape(text), [...new Set(all.map(({ scenario }) => scenario))].join('; '), `${all.length}`])
  })

  return rows.length === 0 ? [] : ['## Notes', table(['pair', 'note', 'scenarios', 'times'], rows)]
}

/**
 * Lines of logs differ in times, ids, addresses and whose folder it is
 */
function withoutDetails (note: string): string {
  return note
    // eslint-disable-next-line no-control-regex
    .replace(/\x1b\[[0-9;]*m/g, '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d{4})?/g, '…')
    .replaceAll(homedir(), '~')
    .replace(/12D3Koo\w+/g, '12D3Koo…')
    .replace(/\d{3,}/g, '…')
}
