import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { ChannelIdsUsedUpError } from '../../src/errors.ts'
import { exchange, readAll, sendBack } from '../support/exchange.ts'
import { muxers } from '../support/muxers.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Muxers } from '../support/muxers.ts'
import type { Stream } from '@libp2p/interface'

describe('a remote that takes every id once', () => {
  const MAX_ID = 127
  const LAST_ONES = MAX_ID - 2 * 4

  interface Exhausting extends Muxers {
    /**
     * Opens a stream with the next id, writes to it, and reads it to its end
     */
    echo (): Promise<string>
    lastId (): number
    streams: Stream[]
  }

  function exhausting (init: WebRTCDirectInit = {}): Exhausting {
    const pair = muxers(init, { maxChannelId: MAX_ID })
    const streams: Stream[] = []
    let id = 0

    Object.assign((pair.dialer as any).opener.ids, {
      next: () => { id += 2; return id },
      closeDelay: () => 0
    })
    pair.listener.addEventListener('stream', ({ detail }) => {
      streams.push(detail)
      sendBack(detail).catch(() => {})
    })

    return {
      ...pair,
      streams,
      lastId: () => id,
      async echo () {
        const data = new TextEncoder().encode(`${id}`)

        return new TextDecoder().decode(await exchange(await pair.dialer.createStream(), data))
      }
    }
  }

  it('is served up to the last ids, and then the connection is closed in a quiet moment', async () => {
    const { echo, lastId, idsUsedUp, listener } = exhausting()

    while (lastId() <= LAST_ONES) {
      expect(listener.status).to.equal('open')
      expect(await echo()).to.equal(`${lastId() - 2}`)
    }

    expect(await idsUsedUp).to.be.an.instanceOf(ChannelIdsUsedUpError)
    expect(listener.status).to.equal('closed')
  })

  it('is not answered any more before the very last id where it does not pause', async () => {
    const { dialer, echo, lastId, idsUsedUp, streams } = exhausting()

    while (lastId() <= LAST_ONES) {
      await echo()
    }

    const unanswered = await dialer.createStream()
    await idsUsedUp

    expect(unanswered.status).to.equal('open')
    expect(lastId()).to.be.lessThan(MAX_ID - 1)
    expect(streams).to.have.lengthOf(lastId() / 2 - 1)
    expect(streams.map(({ status }) => status)).to.not.include('reset')
  })

  it('keeps its streams for a while', async () => {
    const { dialer, echo, lastId, idsUsedUp, listener } = exhausting()
    const stream = await dialer.createStream()
    stream.send(Uint8Array.of(1))

    while (lastId() <= LAST_ONES) {
      await echo()
    }

    const reading = readAll(stream)
    stream.send(Uint8Array.of(2))
    await stream.close()
    expect(await reading).to.equalBytes(Uint8Array.of(1, 2))
    await idsUsedUp
    expect(listener.status).to.equal('closed')
  })

  it('sees the end of the connection, not of the stream it opens last', async () => {
    const { dialer, echo, lastId, idsUsedUp, peers } = exhausting()

    while (lastId() <= LAST_ONES) {
      await echo()
    }

    await idsUsedUp
    const sent = peers[1].log.length
    const stream = await dialer.createStream()
    stream.send(Uint8Array.of(1))
    peers[0].deliverAll()
    peers[1].deliverAll()

    expect(peers[1].log).to.have.lengthOf(sent)
    expect(stream.status).to.equal('open')
  })

  it('does not keep them for ever', async () => {
    const { dialer, echo, lastId, idsUsedUp, streams } = exhausting({ streamOpenTimeout: 10 })
    const stream = await dialer.createStream()
    stream.send(Uint8Array.of(1))
    await pEvent(stream, 'message')

    while (lastId() <= LAST_ONES) {
      await echo()
    }

    await idsUsedUp
    expect(streams[0].writeStatus).to.equal('closed')
  })
})
