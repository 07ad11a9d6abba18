/**
 * The states of a stream: what to do when something happens on it. Pure: no
 * I/O, no timers, no data.
 *
 * A stream is made of two halves. "We" are the end whose state this is.
 *
 * | write half         | meaning                                                   |
 * |--------------------|-----------------------------------------------------------|
 * | `ready`            | data can be written                                       |
 * | `stopped`          | STOP_SENDING was received: data can't be written any more |
 * | `fin-withheld`     | as `stopped`, and closed by the application: FIN is not sent yet, see below |
 * | `fin-sent`         | FIN was sent, FIN_ACK is awaited                          |
 * | `fin-sent-stopped` | as `fin-sent`, but the remote does not read: FIN_ACK may never come (go-libp2p) and promises nothing |
 * | `closed`           | done                                                      |
 *
 * | read half | meaning                                                                  |
 * |-----------|--------------------------------------------------------------------------|
 * | `ready`   | data is delivered                                                        |
 * | `stopped` | STOP_SENDING was sent: data is dropped, flags are acted on, FIN is awaited |
 * | `closed`  | FIN was received and FIN_ACK was sent                                    |
 *
 * When both halves are closed the phase is `closing`: only the data channel is
 * left, and the end that opened the channel closes it (see `muxer.ts`). After a
 * reset the phase is `resetting`, and likewise only the channel is left. The
 * phase `closed` is final.
 *
 * A remote that sent STOP_SENDING and has sent FIN, or was sent STOP_SENDING,
 * needs nothing more of the stream, and go-libp2p closes the channel at once.
 * What is sent on a channel in that moment may come after the reset of its SCTP
 * stream, where pion takes it for a new channel that does not begin with
 * DATA_CHANNEL_OPEN, and closes the connection. So such a remote is sent nothing
 * but FIN_ACK, and FIN only when it has left the channel open for a while: other
 * implementations wait for it.
 *
 * | event             | in                                | next                                 | effects |
 * |-------------------|-----------------------------------|--------------------------------------|---------|
 * | `close-write`     | write `ready`                     | write `fin-sent`                     | `send-fin` |
 * |                   | write `stopped`, read `ready`     | write `fin-sent-stopped`             | `send-fin`, `write-closed` |
 * |                   | write `stopped` otherwise         | write `fin-withheld`                 | `write-closed` |
 * | `close-read`      | read `ready`                      | read `stopped`                       | `send-stop-sending` |
 * | `reset`           | the remote needs nothing (above)  | `resetting`                          |         |
 * |                   | `open` otherwise                  | `resetting`                          | `send-reset` |
 * | `fin`             | read `ready`, `stopped`           | read `closed`                        | `send-fin-ack`, `read-ended` |
 * |                   | write `closed`, read `stopped`    | `closing`                            | `send-fin-ack` |
 * | `fin-ack`         | write `fin-sent`                  | write `closed`                       | `write-closed` |
 * |                   | write `fin-sent-stopped`          | write `closed`                       |         |
 * | `fin-ack-waived`  | as `fin-ack`                      |                                      |         |
 * | `stop-sending`    | write `ready`                     | write `stopped`                      | `write-stopped` |
 * |                   | write `fin-sent`                  | write `fin-sent-stopped`             | `write-stopped`, `write-closed` |
 * | `reset-stream`    | write `closed`, read `stopped`    | `resetting`                          |         |
 * |                   | `open` otherwise                  | `resetting`                          | `remote-reset` |
 * | `timeout`         | write `fin-withheld`              | write `fin-sent-stopped`             | `send-fin` |
 * |                   | write `fin-sent`                  | `resetting`                          | `send-reset`, `fin-ack-missing` |
 * |                   | write `fin-sent-stopped`          | write `closed`                       |         |
 * |                   | write `closed`, read `stopped`    | `resetting`                          | `send-reset` |
 * |                   | `closing`, `resetting`            | `closed`                             | `close-channel` |
 * | `channel-closed`  | write `closed`, read `stopped`    | `closed`                             | `close-channel` |
 * |                   | nothing left to wait for (below)  | `closed`                             | (`write-closed`), `ended`, `close-channel` |
 * |                   | otherwise                         | `closed`                             | `channel-lost`, `close-channel` |
 * | `connection-lost` | write `closed`, read `stopped`    | `closed`                             | `close-channel` |
 * |                   | no promise open (below)           | `closed`                             | `ended`, `close-channel` |
 * |                   | otherwise                         | `closed`                             | `connection-lost`, `close-channel` |
 *
 * Everything else changes nothing and has no effect: a second FIN gets no
 * second FIN_ACK, a FIN_ACK without FIN means nothing, and after both halves
 * are closed flags are ignored.
 *
 * When the write half has become `closed` and the read half `closed` or
 * `stopped`, the application has no more use for the stream: `ended` is added to
 * the effects, once. When both have become `closed` the next phase is `closing`.
 *
 * Nothing is left to wait for when the channel closes, if the remote's FIN was
 * received or is not wanted (read `closed` or `stopped`) and
 * - the write half is `closed`, or the remote has stopped reading, or
 * - the write half is `fin-sent` and the remote's FIN was received: some peers
 *   send no FIN_ACK (rust-libp2p) and close the channel when both halves are
 *   closed, which acknowledges our FIN.
 *
 * That does not hold for a connection that is lost: there, FIN is acknowledged
 * by FIN_ACK alone.
 */

export type WriteState = 'ready' | 'stopped' | 'fin-withheld' | 'fin-sent' | 'fin-sent-stopped' | 'closed'
export type ReadState = 'ready' | 'stopped' | 'closed'

interface Halves {
  readonly write: WriteState
  readonly read: ReadState
}

export type StreamState =
  { readonly phase: 'open' } & Halves |
  { readonly phase: 'closing' } |
  { readonly phase: 'resetting' } |
  { readonly phase: 'closed' }

export type StreamEvent =
  /** all data was handed to the channel and no more will come */
  'close-write' |
  /** what the remote sends is not wanted any more */
  'close-read' |
  /** end both halves now */
  'reset' |
  /** FIN was received */
  'fin' |
  /** FIN_ACK was received */
  'fin-ack' |
  /** the remote never acknowledges: FIN_ACK is not awaited any more */
  'fin-ack-waived' |
  /** STOP_SENDING was received */
  'stop-sending' |
  /** RESET_STREAM was received */
  'reset-stream' |
  /** the time of {@link waitsFor} is over */
  'timeout' |
  /** the remote closed the channel */
  'channel-closed' |
  /** the connection is gone */
  'connection-lost'

export type StreamEffect =
  'send-fin' |
  'send-fin-ack' |
  'send-stop-sending' |
  'send-reset' |
  'close-channel' |
  /** the remote has sent everything: the reader is at the end */
  'read-ended' |
  /** the remote does not read any more: writers fail */
  'write-stopped' |
  /** the remote has everything that was written, or does not want it */
  'write-closed' |
  /** the application has no more use for the stream */
  'ended' |
  /** the remote reset the stream */
  'remote-reset' |
  /** the channel was closed before both halves were */
  'channel-lost' |
  /** the connection was lost before both halves were closed */
  'connection-lost' |
  /** the remote did not acknowledge FIN in time */
  'fin-ack-missing'

export interface Transition {
  readonly state: StreamState
  readonly effects: readonly StreamEffect[]
}

/**
 * A new stream
 */
export const OPEN: StreamState = { phase: 'open', write: 'ready', read: 'ready' }

const CLOSING: StreamState = { phase: 'closing' }
const RESETTING: StreamState = { phase: 'resetting' }
const CLOSED: StreamState = { phase: 'closed' }

/**
 * What is awaited with a deadline:
 * - `remote`: FIN_ACK, or FIN when neither of our halves is of use any more
 * - `channel`: the close of the channel
 * - `moment`: whether the remote closes the channel without our FIN
 */
export type Wait = 'remote' | 'channel' | 'moment'

/**
 * What a stream in this state waits for. The states that wait for nothing end by
 * what the application does.
 */
export function waitsFor (state: StreamState): Wait | undefined {
  if (state.phase === 'closing' || state.phase === 'resetting') {
    return 'channel'
  }

  if (state.phase === 'open' && state.write === 'fin-withheld') {
    return 'moment'
  }

  if (waitsForFinAck(state) || (state.phase === 'open' && state.write === 'closed' && state.read === 'stopped')) {
    return 'remote'
  }
}

/**
 * Whether FIN was sent and FIN_ACK is awaited
 */
export function waitsForFinAck (state: StreamState): boolean {
  return state.phase === 'open' && (state.write === 'fin-sent' || state.write === 'fin-sent-stopped')
}

/**
 * What happens to a stream in a state when an event occurs
 */
// eslint-disable-next-line complexity
export function transition (state: StreamState, event: StreamEvent): Transition {
  if (state.phase === 'closed') {
    return { state, effects: [] }
  }

  if (state.phase !== 'open') {
    return event === 'timeout' || event === 'channel-closed' || event === 'connection-lost'
      ? { state: CLOSED, effects: ['close-channel'] }
      : { state, effects: [] }
  }

  const { write, read } = state

  if (write === 'closed' && read === 'stopped') {
    return transitionWithoutUser(state, event)
  }

  switch (event) {
    case 'close-write':
      if (write === 'ready') {
        return open('fin-sent', read, 'send-fin')
      }

      if (write === 'stopped') {
        return needsNothing(state)
          ? open('fin-withheld', read, 'write-closed')
          : open('fin-sent-stopped', read, 'send-fin', 'write-closed')
      }

      break
    case 'close-read':
      if (read === 'ready') {
        return open(write, 'stopped', 'send-stop-sending')
      }

      break
    case 'reset':
      return { state: RESETTING, effects: needsNothing(state) ? [] : ['send-reset'] }
    case 'fin':
      if (read !== 'closed') {
        return open(write, 'closed', 'send-fin-ack', 'read-ended')
      }

      break
    case 'fin-ack':
    case 'fin-ack-waived':
      if (write === 'fin-sent') {
        return open('closed', read, 'write-closed')
      }

      if (write === 'fin-sent-stopped') {
        return open('closed', read)
      }

      break
    case 'stop-sending':
      if (write === 'ready') {
        return open('stopped', read, 'write-stopped')
      }

      if (write === 'fin-sent') {
        return open('fin-sent-stopped', read, 'write-stopped', 'write-closed')
      }

      break
    case 'reset-stream':
      return { state: RESETTING, effects: ['remote-reset'] }
    case 'timeout':
      if (write === 'fin-withheld') {
        return open('fin-sent-stopped', read, 'send-fin')
      }

      if (write === 'fin-sent') {
        return { state: RESETTING, effects: ['send-reset', 'fin-ack-missing'] }
      }

      if (write === 'fin-sent-stopped') {
        return open('closed', read)
      }

      break
    case 'channel-closed':
    case 'connection-lost':
      return { state: CLOSED, effects: [...endsWith(state, event), 'close-channel'] }
    default:
      break
  }

  return { state, effects: [] }
}

/**
 * Nobody writes or reads any more, FIN is awaited
 */
function transitionWithoutUser (state: StreamState, event: StreamEvent): Transition {
  switch (event) {
    case 'fin':
      return { state: CLOSING, effects: ['send-fin-ack'] }
    case 'reset':
    case 'timeout':
      return { state: RESETTING, effects: ['send-reset'] }
    case 'reset-stream':
      return { state: RESETTING, effects: [] }
    case 'channel-closed':
    case 'connection-lost':
      return { state: CLOSED, effects: ['close-channel'] }
    default:
      return { state, effects: [] }
  }
}

function open (write: WriteState, read: ReadState, ...effects: StreamEffect[]): Transition {
  const ended: StreamEffect[] = write === 'closed' && read !== 'ready' ? ['ended'] : []

  return {
    state: write === 'closed' && read === 'closed' ? CLOSING : { phase: 'open', write, read },
    effects: [...effects, ...ended]
  }
}

/**
 * Whether the remote has no more use for the stream: it does not read, and has
 * nothing more to say that is wanted
 */
function needsNothing ({ write, read }: Halves): boolean {
  return read !== 'ready' && (write === 'stopped' || write === 'fin-withheld' || write === 'fin-sent-stopped')
}

/**
 * How the stream ends without its channel
 */
function endsWith (state: Halves, event: 'channel-closed' | 'connection-lost'): StreamEffect[] {
  if (needsNothing(state)) {
    return state.write === 'stopped' ? ['write-closed', 'ended'] : ['ended']
  }

  if (event === 'connection-lost') {
    return ['connection-lost']
  }

  return state.write === 'fin-sent' && state.read === 'closed' ? ['write-closed', 'ended'] : ['channel-lost']
}
