/**
 * Asks the remote something with a new stream, which begins to negotiate: its stack
 * acknowledges the channel, and every end of a stream answers the first message of a
 * negotiation with the same.
 */
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { EMPTY_FRAME } from '../wire/framing.ts'
import { MULTISTREAM_HEADER, line } from './first-flight.ts'
import type { WebRTCStream } from './stream.ts'
import type { Channel } from '../ports.ts'

/**
 * A protocol that nobody speaks
 */
const PROPOSAL = line('/none')

/**
 * The answers to the header and to that
 */
const ANSWERS = concat([MULTISTREAM_HEADER, line('na')])

/**
 * Asks whether the remote is there
 */
export function ask (channel: Channel, stream: WebRTCStream, onAnswer: () => void = () => {}): void {
  channel.onAcknowledged = onAnswer
  stream.addEventListener('message', () => {
    onAnswer()
    stream.abort(new Error('The remote has answered'))
  })
  stream.send(MULTISTREAM_HEADER)
}

/**
 * Asks whether the remote takes an empty frame on a stream for nothing: it reads on
 * behind one. rust-libp2p takes it for the end of the stream.
 */
export function askForEmptyFrames (channel: Pick<Channel, 'send'>, stream: WebRTCStream, onAnswer: (takesThem: boolean) => void): void {
  let received = new Uint8Array(0)

  function propose (): void {
    try {
      channel.send(EMPTY_FRAME)
      stream.send(PROPOSAL)
    } catch (err: any) {
      // the remote reads no more
      stream.abort(err)
    }
  }

  stream.addEventListener('message', ({ data }) => {
    // not before the remote is heard: until then one message has to do
    if (received.byteLength === 0) {
      propose()
    }

    received = concat([received, data.subarray()])

    if (received.byteLength >= ANSWERS.byteLength) {
      onAnswer(equals(received, ANSWERS))
      stream.abort(new Error('The remote has answered'))
    }
  })
  stream.addEventListener('close', () => { onAnswer(false) })
  stream.send(MULTISTREAM_HEADER)
}
