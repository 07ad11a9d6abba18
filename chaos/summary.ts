/**
 * The outcomes of a path in a few words.
 */
import { durations, isAlive, isComplete, isWhole, median, pingTimes } from './outcome.ts'
import type { Broken, Ending, Interrupted, Message, Outcome, Transfer } from './outcome.ts'

export function summarize (outcomes: Outcome[]): string {
  const of = <Kind extends Outcome['kind']> (kind: Kind): Array<Extract<Outcome, { kind: Kind }>> => {
    return outcomes.filter((outcome): outcome is Extract<Outcome, { kind: Kind }> => outcome.kind === kind)
  }

  return [
    ...summarizeTransfers(of('transfer')),
    ...summarizeMessages(of('message')),
    ...summarizeInterrupted(of('interrupted')),
    ...summarizeBroken(of('broken')),
    ...summarizePings(outcomes),
    ...summarizeOverruns(outcomes)
  ].join('; ')
}

function summarizeTransfers (transfers: Transfer[]): string[] {
  const whole = transfers.filter(isWhole)
  const ms = median(durations(transfers))

  return [
    ...transfers.length === 0 ? [] : [`${whole.length} of ${transfers.length} complete`],
    ...ms == null ? [] : [`${seconds(ms)} (${(whole[0].bytes / ms / 1_000).toPrecision(2)} MB/s)`],
    ...distinct(transfers.filter(transfer => !isComplete(transfer)).map(explain))
  ]
}

function explain (transfer: Transfer): string {
  const { what, bytes, arrived, returned, failures: [failure = 'no error'], ends } = transfer

  return [
    ...isWhole(transfer) ? [] : [`${number(what === 'echo' ? returned : arrived)} of ${number(bytes)} bytes`],
    shorten(failure),
    ...isAlive(transfer) ? [] : [`the connection ends with ${nameOf(ends.dialer?.error ?? ends.listener?.error)}`]
  ].join(', ')
}

function summarizeMessages (messages: Message[]): string[] {
  const alive = messages.filter(message => isAlive(message) && message.failures.length === 0)
  const ms = median(alive.map(({ ms }) => ms))

  return [
    ...messages.length === 0 ? [] : [`${alive.length} of ${messages.length} live on`],
    ...ms == null ? [] : [`answer after ${seconds(ms)}`],
    ...distinct(messages.filter(message => !alive.includes(message)).map(({ failures, ms }) => shorten(failures[0] ?? `ended after ${seconds(ms)}`)))
  ]
}

function summarizeInterrupted (interrupted: Interrupted[]): string[] {
  const alive = interrupted.filter(isAlive)
  const ended = interrupted.filter(outcome => !isAlive(outcome))

  return [
    ...alive.length === 0 ? [] : [`${alive.length} of ${interrupted.length} live on`],
    ...(['dialer', 'listener'] as const).flatMap(name => describeEnds(name, ended.map(({ ends }) => ends[name]))),
    ...ended.length === 0 ? [] : [`another dial takes ${range(ended.map(({ after }) => after.ms))}`],
    ...distinct(interrupted.flatMap(({ after }) => after.failure == null ? [] : [`afterwards ${shorten(after.failure)}`]))
  ]
}

function describeEnds (name: string, ends: Array<Ending | undefined>): string[] {
  const known = ends.filter(end => end != null)

  if (ends.length === 0) {
    return []
  }

  return [
    ...known.length === 0 ? [] : [`${name} ends after ${range(known.map(({ ms }) => ms))} with ${distinct(known.map(({ error }) => nameOf(error))).join(', ')}`],
    ...known.length === ends.length ? [] : [`${name} does not end`]
  ]
}

function summarizeBroken (broken: Broken[]): string[] {
  return distinct(broken.map(({ error }) => shorten(error)))
}

function summarizePings (outcomes: Outcome[]): string[] {
  const { times, failures } = pingTimes(outcomes)
  const middle = median(times)

  return [
    ...middle == null ? [] : [`ping p50 ${seconds(middle)}, longest ${seconds(Math.max(...times))}`],
    ...failures.length === 0 ? [] : [`${failures.length} of ${times.length + failures.length} pings failed`]
  ]
}

function summarizeOverruns (outcomes: Outcome[]): string[] {
  const sum = outcomes.reduce((sum, { overruns = 0 }) => sum + overruns, 0)

  return sum === 0 ? [] : [`the machine lost ${sum} datagrams`]
}

/**
 * Each once, with how often it is there
 */
function distinct (texts: string[]): string[] {
  return [...Map.groupBy(texts, text => text)].map(([text, { length }]) => length === 1 ? text : `${length} × ${text}`)
}

function nameOf (error?: string): string {
  return error == null ? 'no error' : shorten(error)
}

/**
 * The name of an error is enough where there is one; what it says of a remote
 * that stopped answering is what matters
 */
function shorten (error: string): string {
  if (error.includes('stopped answering')) {
    return '"the remote stopped answering"'
  }

  return /^(.*?[A-Z]\w*(?:Error|Event))\b/.exec(error)?.[1] ?? error
}

function range (values: number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(seconds)

  return least === most ? least : `${least} to ${most}`
}

function seconds (ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

function number (value: number): string {
  return value.toLocaleString('en')
}
