/**
 * The outcomes of a path in a few words.
 */
import { durations, isAlive, isComplete, isWhole, median, pingTimes } from './outcome.ts'
import type { Ending, Exchanges, Interrupted, Message, Outcome, Transfer } from './outcome.ts'

export function summarize (outcomes: Outcome[]): string {
  const of = <Kind extends Outcome['kind']> (kind: Kind): Array<Extract<Outcome, { kind: Kind }>> => {
    return outcomes.filter((outcome): outcome is Extract<Outcome, { kind: Kind }> => outcome.kind === kind)
  }

  return [
    ...summarizeTransfers(of('transfer'), outcomes.length),
    ...summarizeExchanges(of('exchanges'), outcomes.length),
    ...summarizeMessages(of('message'), outcomes.length),
    ...summarizeInterrupted(of('interrupted'), outcomes.length),
    ...distinct(of('broken').map(({ error }) => shorten(error))),
    ...summarizePings(outcomes),
    ...summarizeOverruns(outcomes)
  ].join('; ')
}

function summarizeTransfers (transfers: Transfer[], total: number): string[] {
  const whole = transfers.filter(isWhole)
  const ms = median(durations(transfers))

  return [
    ...transfers.length === 0 ? [] : [`${whole.length} of ${total} complete`],
    ...ms == null ? [] : [`${seconds(ms)} (${(transfers[0].bytes / ms / 1_000).toPrecision(2)} MB/s)`],
    ...[...Map.groupBy(transfers.filter(transfer => !isComplete(transfer)), reasonOf)].map(([reason, alike]) => {
      return `${alike.length === 1 ? '' : `${alike.length} × `}${progressOf(alike)}${reason}`
    })
  ]
}

function reasonOf (transfer: Transfer): string {
  const { failures: [failure = 'no error'], ends } = transfer

  return [
    shorten(failure),
    ...isAlive(transfer) ? [] : [`the connection ends ${withError(ends.dialer?.error ?? ends.listener?.error)}`]
  ].join(', ')
}

/**
 * How far transfers came that are not complete
 */
function progressOf (transfers: Transfer[]): string {
  const [{ what, bytes }] = transfers
  const counts = transfers.filter(transfer => !isWhole(transfer)).map(({ arrived, returned }) => what === 'upload' ? arrived : Math.min(arrived, returned))

  return counts.length === 0 ? '' : `${range(counts, count => count.toLocaleString('en'))} of ${bytes.toLocaleString('en')} bytes, `
}

function summarizeExchanges (trials: Exchanges[], total: number): string[] {
  const failed = trials.filter(({ failures }) => failures.length > 0)
  const lost = failed.reduce((sum, { count, succeeded }) => sum + count - succeeded, 0)

  return [
    ...trials.length === 0 ? [] : [`all answered in ${trials.length - failed.length} of ${total}`, `longest ${seconds(Math.max(...trials.map(({ longest }) => longest)))}`],
    ...failed.length === 0 ? [] : [`${lost.toLocaleString('en')} not answered: ${distinct(failed.map(({ failures }) => shorten(failures[0]))).join(', ')}`]
  ]
}

function summarizeMessages (messages: Message[], total: number): string[] {
  const alive = messages.filter(message => isAlive(message) && message.failures.length === 0)
  const ms = median(alive.map(({ ms }) => ms))

  return [
    ...messages.length === 0 ? [] : [`${alive.length} of ${total} live on`],
    ...ms == null ? [] : [`answer after ${seconds(ms)}`],
    ...distinct(messages.filter(message => !alive.includes(message)).map(({ failures: [failure = 'the connection ends'] }) => shorten(failure)))
  ]
}

function summarizeInterrupted (interrupted: Interrupted[], total: number): string[] {
  const alive = interrupted.filter(isAlive)
  const ended = interrupted.filter(outcome => !isAlive(outcome))

  return [
    ...alive.length === 0 ? [] : [`${alive.length} of ${total} live on`],
    ...(['dialer', 'listener'] as const).flatMap(name => describeEnds(name, ended.map(({ ends }) => ends[name]))),
    ...ended.length === 0 ? [] : [`another dial takes ${range(ended.map(({ after }) => after.ms), seconds)}`],
    ...distinct(interrupted.flatMap(({ after }) => after.failure == null ? [] : [`afterwards ${shorten(after.failure)}`]))
  ]
}

function describeEnds (name: string, ends: Array<Ending | undefined>): string[] {
  const known = ends.filter(end => end != null)
  const open = ends.length - known.length

  return [
    ...known.length === 0 ? [] : [`${name} ends after ${range(known.map(({ ms }) => ms), seconds)} ${distinct(known.map(({ error }) => withError(error))).join(', ')}`],
    ...open === 0 ? [] : [`${name} does not end${open === 1 ? '' : ` (${open} ×)`}`]
  ]
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
 * Each once, and of several kinds how often
 */
function distinct (texts: string[]): string[] {
  const kinds = [...Map.groupBy(texts, text => text)]

  return kinds.map(([text, { length }]) => kinds.length === 1 || length === 1 ? text : `${length} × ${text}`)
}

function withError (error?: string): string {
  return error == null ? 'without an error' : `with ${shorten(error)}`
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

function range (values: number[], format: (value: number) => string): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(format)

  return least === most ? least : `${least} to ${most}`
}

function seconds (ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
