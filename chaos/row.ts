/**
 * A row of the table: a path, what came out, and whether it is what must come
 * out.
 */
import { summarize } from './summary.ts'
import type { Outcome } from './outcome.ts'
import type { Path } from './paths.ts'

export interface Row {
  path: string
  ours: string
  peer: string
  mustBe: string
  verdict: 'passed' | 'FAILED'

  /**
   * Why it failed
   */
  reasons: string[]
}

export function createRow ({ name, mustBe }: Path, ours: Outcome[], peer: Outcome[]): Row {
  const reasons = mustBe.flatMap(({ broken }) => broken(ours, peer) ?? [])

  return {
    path: name,
    ours: summarize(ours),
    peer: summarize(peer),
    mustBe: mustBe.map(({ text }) => text).join('; '),
    verdict: reasons.length === 0 ? 'passed' : 'FAILED',
    reasons
  }
}
