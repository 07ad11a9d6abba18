import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { askForEmptyFrames } from '../../src/streams/question.ts'
import { EMPTY_FRAME } from '../../src/wire/framing.ts'
import { muxers, nextStream } from '../support/muxers.ts'
import type { WebRTCStream } from '../../src/streams/stream.ts'
import type { Stream } from '@libp2p/interface'

const HEADER = '\u0013/multistream/1.0.0\n'

function send (stream: Stream, text: string): void {
  stream.send(new TextEncoder().encode(text))
}

/**
 * A question, with the end that is asked
 */
async function question (): Promise<{ stream: WebRTCStream, remote: Stream, answers: boolean[], read: string[], messages: Uint8Array[] }> {
  const { dialer, listener, peers: [peer] } = muxers()
  const accepted = nextStream(listener)
  const stream = await dialer.createStream()
  const answers: boolean[] = []
  const read: string[] = []
  const channel = peer.channels.get(Number(stream.id))

  if (channel == null) {
    throw new Error('There is no channel')
  }

  askForEmptyFrames(channel, stream, takesThem => { answers.push(takesThem) })
  const remote = await accepted
  remote.addEventListener('message', ({ data }) => { read.push(new TextDecoder().decode(data.subarray())) })
  await pEvent(remote, 'message')

  return { stream, remote, answers, read, messages: peer.log }
}

describe('the question whether a remote takes empty frames', () => {
  for (const parts of [[HEADER, '\u0003na\n'], [`${HEADER}\u0003na\n`], ['\u0013/multi', 'stream/1.0.0\n\u0003n', 'a\n']]) {
    it(`is answered by one that reads on behind one, in ${parts.length} messages`, async () => {
      const { stream, remote, answers, read, messages } = await question()
      expect(read).to.deep.equal([HEADER])

      for (const [i, part] of parts.entries()) {
        const next = i === 0 ? pEvent(remote, 'message').catch(() => {}) : undefined
        const heard = pEvent(stream, 'message')
        send(remote, part)
        await heard
        await (parts.length === 1 ? undefined : next)
      }

      expect(answers[0]).to.be.true()
      expect(stream.status).to.equal('aborted')

      // between the header and what comes behind it
      expect(messages.filter(message => message.byteLength === 1)).to.deep.equal([EMPTY_FRAME])
      expect(messages.findIndex(message => message.byteLength === 1)).to.equal(1)
    })
  }

  it('is answered with no by one that ends the stream', async () => {
    const { stream, remote, answers } = await question()
    const proposed = pEvent(remote, 'message')
    send(remote, HEADER)
    await proposed
    const ended = pEvent(stream, 'close')
    remote.abort(new Error('An empty frame is the end'))
    await ended

    expect(answers).to.deep.equal([false])
  })

  it('is answered with no by one that says anything else', async () => {
    const { stream, remote, answers } = await question()
    const ended = pEvent(stream, 'close')
    send(remote, '\u0013/multistream/2.0.0\n\u0003na\n')
    await ended

    expect(answers[0]).to.be.false()
    expect(stream.status).to.equal('aborted')
  })

  it('is no answer before the remote has said enough', async () => {
    const { stream, remote, answers } = await question()
    const heard = pEvent(stream, 'message')
    send(remote, HEADER)
    await heard

    expect(answers).to.be.empty()
    expect(stream.status).to.equal('open')
  })

  it('ends where the remote reads no more', async () => {
    const { stream, remote, answers } = await question()
    const ended = pEvent(stream, 'close')
    await remote.closeRead()
    send(remote, HEADER)
    await ended

    expect(answers).to.deep.equal([false])
  })
})
