/**
 * What an error in setting up a connection means, in which phase it happened,
 * and what to do about it.
 */
import { AbortError, StreamResetError, TimeoutError, UnexpectedPeerError } from '@libp2p/interface'
import { equals } from 'uint8arrays/equals'
import { CertificateMismatchError, ConnectionSetupError, SetupTimeoutError } from './errors.ts'
import { renderFingerprint } from './wire/sdp.ts'
import type { Failure } from './attempts.ts'
import type { SetupPhase } from './errors.ts'

export interface SetupContext {
  /**
   * With whom, as it reads
   */
  readonly remote: string

  /**
   * What the caller may end the set-up with
   */
  readonly signal: AbortSignal

  /**
   * Aborts when the set-up takes too long
   */
  readonly deadline: AbortSignal

  /**
   * The certificates that the remote may present, if they are known
   */
  readonly fingerprints?: readonly Uint8Array[]
}

/**
 * The error to throw for what went wrong; `presented` is the fingerprint of the
 * certificate of the remote, if it is known
 */
export function describeFailure (err: Error, phase: SetupPhase, context: SetupContext, presented?: Uint8Array): Error {
  if ('phase' in err) {
    return err
  }

  const { remote, signal, deadline, fingerprints } = context

  if (signal.aborted) {
    return aborted(phase, remote, signal.reason)
  }

  if (deadline.aborted || (phase === 'ice' && err instanceof TimeoutError)) {
    const what = phase === 'ice' ? 'nobody answered: is the listener running, and does the path let UDP through?' : 'the remote stopped answering'

    return new SetupTimeoutError(`no connection with ${remote} in time, ${what}`, phase)
  }

  // the stack refuses another certificate without saying so
  if (presented != null && fingerprints?.some(fingerprint => equals(fingerprint, presented)) === false) {
    return certificateMismatch(remote, presented)
  }

  if (err instanceof UnexpectedPeerError) {
    return Object.assign(new UnexpectedPeerError(`${phase}: another peer answered at ${remote}: ${err.message}`), { phase, cause: err })
  }

  if (phase === 'noise' && err instanceof StreamResetError) {
    const who = fingerprints == null ? 'the dialer' : 'the listener'

    return new ConnectionSetupError(`${who} closed the connection with ${remote} in the handshake: it refuses this peer (a connection gater, a deny list, a limit of connections), or it is stopping`, phase, { cause: err })
  }

  return new ConnectionSetupError(`could not connect with ${remote}: ${err.message}`, phase, { cause: err })
}

export function certificateMismatch (remote: string, presented: Uint8Array): CertificateMismatchError {
  return new CertificateMismatchError(`${remote} presented another certificate, sha-256 ${renderFingerprint(presented)}: the address is out of date, or somebody else answers there`, 'dtls')
}

function aborted (phase: SetupPhase, remote: string, reason?: Error): Error {
  return Object.assign(reason?.name === 'TimeoutError'
    ? new SetupTimeoutError(`no connection with ${remote} before the signal timed out`, phase)
    : new AbortError(`${phase}: the connection with ${remote} was aborted`), { phase, cause: reason })
}

/**
 * The order in which the phases happen
 */
const PHASES: SetupPhase[] = ['address', 'ice', 'dtls', 'sctp', 'noise', 'upgrade']

/**
 * The error of a set-up that failed with each address, version and certificate
 * that was tried: says why, and with which version
 */
export function summarizeFailures (failures: readonly Failure[], remote: string): Error {
  const telling = failures.filter(failure => !isRepetition(failure, failures))
  const reasons = new Map<string, Failure[]>()

  for (const failure of telling) {
    const { message } = failure.error
    reasons.set(message, [...reasons.get(message) ?? [], failure])
  }

  const texts = [...reasons].map(([message, failures]) => `${message} (${versionsOf(failures)})`)
  const errors = telling.map(({ error }) => error)

  if (texts.length === 1) {
    return Object.assign(errors[0], { message: texts[0] })
  }

  const message = `no connection with ${remote} - ${texts.join('; ')}`
  const furthest = errors.map(phaseOf).reduce((a, b) => isFurther(b, a) ? b : a, 'address')
  const cause = new AggregateError(errors, message)
  const abort = errors.find(err => err instanceof AbortError)

  if (abort != null) {
    return Object.assign(new AbortError(message), { phase: phaseOf(abort), cause })
  }

  if (errors.every(err => err instanceof SetupTimeoutError)) {
    return Object.assign(new SetupTimeoutError(message, furthest), { cause })
  }

  if (errors.every(err => err instanceof CertificateMismatchError)) {
    return new CertificateMismatchError(message, furthest, { cause })
  }

  return new ConnectionSetupError(message, furthest, { cause })
}

/**
 * Whether an attempt was made beside one that had come to a stop, and has come no
 * further than that
 */
function isRepetition ({ attempt, error }: Failure, failures: readonly Failure[]): boolean {
  return failures.some(other => other.attempt === attempt.repeats && !isFurther(phaseOf(error), phaseOf(other.error)))
}

function isFurther (a: SetupPhase, b: SetupPhase): boolean {
  return PHASES.indexOf(a) > PHASES.indexOf(b)
}

function versionsOf (failures: readonly Failure[]): string {
  if (failures.some(({ attempt, version }) => version !== attempt.version)) {
    return 'version 2, as the browser refuses version 1: a listener that knows only that one can\'t be dialed'
  }

  const versions = [...new Set(failures.map(({ version }) => version))].sort()

  return `version${versions.length > 1 ? 's' : ''} ${versions.join(' and ')}`
}

function phaseOf (err: Error): SetupPhase {
  return (err as Partial<ConnectionSetupError>).phase ?? 'address'
}
