import { expect } from 'aegir/chai'
import { ChannelOpener } from '../../src/streams/channel-opener.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { memoryPair } from '../support/memory-peer.ts'
import type { Channel } from '../../src/ports.ts'

const TIMEOUT = 10_000
const UNANSWERED = 8

describe('the opener of channels', () => {
  let clock: FakeClock
  let acceptsMany: boolean

  function opener (): ChannelOpener {
    return new ChannelOpener({
      peer: memoryPair()[0],
      clock,
      acceptsMany: () => acceptsMany,
      streamOpenTimeout: TIMEOUT
    })
  }

  beforeEach(() => {
    clock = new FakeClock(0)
    acceptsMany = false
  })

  it('opens no more than eight that the remote has not answered on', async () => {
    const channels = opener()
    const opened: Channel[] = []

    for (let i = 0; i < UNANSWERED; i++) {
      opened.push(await channels.open())
    }

    const ninth = channels.open()
    const tenth = channels.open()
    clock.pass(TIMEOUT / 2)
    expect(channels.ids.size).to.equal(UNANSWERED)

    channels.answered(opened[0].id)
    expect((await ninth).id).to.equal(18)
    expect(channels.ids.size).to.equal(UNANSWERED + 1)

    // one that is closed is not awaited any more, either
    channels.answered(opened[1].id)
    expect((await tenth).id).to.equal(20)
  })

  it('opens as many as there are once the remote has shown that it takes them', async () => {
    const channels = opener()

    for (let i = 0; i < UNANSWERED; i++) {
      await channels.open()
    }

    const ninth = channels.open()
    acceptsMany = true
    clock.pass(50)
    await ninth

    for (let i = 0; i < 100; i++) {
      await channels.open()
    }
  })

  it('says that the remote does not answer', async () => {
    const channels = opener()

    for (let i = 0; i < UNANSWERED; i++) {
      await channels.open()
    }

    const ninth = channels.open()
    clock.pass(TIMEOUT)
    await expect(ninth).to.eventually.be.rejectedWith(/did not answer on 8 data channels within 10000 ms/)
      .with.property('name', 'ChannelLimitError')
    clock.pass(TIMEOUT)
    expect(clock.pending).to.equal(0)
  })

  it('lets nobody wait when the connection closes', async () => {
    const channels = opener()

    for (let i = 0; i < UNANSWERED; i++) {
      await channels.open()
    }

    const ninth = channels.open()
    const failure = new Error('closing')
    channels.stop(failure)

    await expect(ninth).to.eventually.be.rejectedWith(failure)
    expect(clock.pending).to.equal(0)
  })

  it('opens none for who does not wait any more', async () => {
    const channels = opener()
    const opened: Channel[] = []
    const caller = new AbortController()

    for (let i = 0; i < UNANSWERED; i++) {
      opened.push(await channels.open())
    }

    const aborted = channels.open({ signal: caller.signal })
    caller.abort()
    channels.answered(opened[0].id)
    await expect(aborted).to.eventually.be.rejected().with.property('name', 'AbortError')
    expect(channels.ids.size).to.equal(UNANSWERED)

    await channels.open()
    const late = channels.open()
    clock.pass(TIMEOUT)
    channels.answered(opened[1].id)
    await expect(late).to.eventually.be.rejected().with.property('name', 'ChannelLimitError')
    expect(channels.ids.size).to.equal(UNANSWERED + 1)
    expect(clock.pending).to.be.at.most(1)
  })
})
