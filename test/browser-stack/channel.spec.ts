import { expect } from 'aegir/chai'
import { ChannelClosedError, ChannelLimitError } from '../../src/errors.ts'
import { arrayBuffer, BrowserPeers, bytes, recorder, turn } from '../support/browser-peers.ts'
import type { Channel, Peer } from '../../src/ports.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import type { FakeChannel, FakeConnection } from '../support/fake-connection.ts'

const KiB = 1024
const MiB = 1024 * KiB

describe('a data channel of a browser', () => {
  let peers: BrowserPeers
  let peer: Peer
  let pc: FakeConnection
  let clock: FakeClock

  beforeEach(async () => {
    peers = new BrowserPeers();
    ({ peer, pc, clock } = await peers.connect())
  })

  afterEach(async () => {
    void peer.close()
    clock.pass(1_000)
    peers.stop()
    await turn()
  })

  /**
   * One that was opened from here
   */
  function open (): { channel: Channel, dc: FakeChannel } {
    const channel = peer.openChannel()

    return { channel, dc: pc.channels[pc.channels.length - 1] }
  }

  /**
   * The same, open and answered
   */
  async function answered (): Promise<{ channel: Channel, dc: FakeChannel, events: string[] }> {
    const { channel, dc } = open()
    await turn()
    channel.send(bytes('first'))
    dc.receives(arrayBuffer('answer'))
    const handler = recorder()
    channel.attach(handler)
    await turn()
    dc.drains()
    handler.events.length = 0
    dc.sent.length = 0

    return { channel, dc, events: handler.events }
  }

  describe('of the handshake', () => {
    it('takes an empty frame that nudges the browser, which does not count, and none once it is closed', async () => {
      const [dc] = pc.channels
      const sent = peer.bytesSent()

      peer.nudge()
      expect(dc.sent.at(-1)).to.deep.equal(Uint8Array.of(0))
      expect(peer.bytesSent()).to.equal(sent)

      const count = dc.sent.length
      void peer.close()
      peer.nudge()
      expect(dc.sent).to.have.lengthOf(count)
    })
  })

  it('takes an empty frame that nudges the browser, and none once it is closed', async () => {
    const { channel, dc } = await answered()
    const sent = peer.bytesSent()
    peer.nudge(channel)
    expect(dc.sent).to.deep.equal([Uint8Array.of(0)])
    expect(peer.bytesSent()).to.equal(sent)

    channel.close()
    peer.nudge(channel)
    expect(dc.sent).to.have.lengthOf(1)
  })

  describe('sending', () => {
    it('waits until it is open, with a copy', async () => {
      const { channel, dc } = open()
      const message = bytes('early')

      expect(channel.send(message)).to.be.true()
      message.fill(0)
      expect(dc.sent).to.be.empty()
      expect(channel.bufferedAmount()).to.equal(5)

      await turn()
      expect(dc.sent).to.deep.equal([bytes('early')])
    })

    it('holds all but the first message until the other end is heard', async () => {
      const { channel, dc } = open()
      await turn()
      channel.send(bytes('1'))
      channel.send(bytes('2'))
      channel.send(bytes('3'))

      expect(dc.sent).to.deep.equal([bytes('1')])
      dc.receives(arrayBuffer('answer'))
      expect(dc.sent).to.deep.equal([bytes('1'), bytes('2'), bytes('3')])
    })

    it('holds them for some seconds where it is not: it may be busy', async () => {
      const { channel, dc } = open()
      await turn()
      channel.send(bytes('1'))
      channel.send(bytes('2'))

      clock.pass(4_999)
      expect(dc.sent).to.have.lengthOf(1)
      clock.pass(1)
      expect(dc.sent).to.deep.equal([bytes('1'), bytes('2')])
    })

    it('holds nothing on a channel that the remote has opened', () => {
      const incoming: Channel[] = []
      peer.attach({ onChannel: channel => { incoming.push(channel) }, onClosed () {} })
      const dc = pc.remoteOpens(1)
      incoming[0].send(bytes('1'))
      incoming[0].send(bytes('2'))

      expect(dc.sent).to.have.lengthOf(2)
    })

    it('asks to wait, and says when there is room, in time for more', async () => {
      const { channel, dc, events } = await answered()
      channel.maxBufferedAmount = 64 * KiB

      expect(channel.send(new Uint8Array(60 * KiB))).to.be.true()
      expect(channel.send(new Uint8Array(4 * KiB))).to.be.false()
      dc.drains(33 * KiB)
      expect(events).to.be.empty()
      dc.drains(32 * KiB)
      expect(events).to.deep.equal(['drain'])

      dc.drains(0)
      expect(events).to.deep.equal(['drain'])
    })

    it('takes a frame after the other although it may queue next to nothing: a page is told late', async () => {
      const { channel } = await answered()
      channel.maxBufferedAmount = 1

      expect(channel.send(new Uint8Array(4 * KiB))).to.be.true()
      expect(channel.send(new Uint8Array(12 * KiB))).to.be.false()
    })

    it('never hands the browser more than it takes: it would drop the message', async () => {
      const { channel, dc, events } = await answered()
      const message = new Uint8Array(16 * KiB)
      channel.maxBufferedAmount = 64 * MiB

      for (let i = 0; i < 2_048; i++) {
        message[0] = i
        expect(channel.send(message)).to.be.true()
      }

      expect(channel.bufferedAmount()).to.equal(32 * MiB)

      while (channel.bufferedAmount() > 0) {
        expect(dc.bufferedAmount).to.be.within(1, MiB)
        dc.drains()
      }

      expect(dc.sent.map(([first]) => first)).to.deep.equal(Array.from({ length: 2_048 }, (_, i) => i % 256))
      expect(events).to.be.empty()
    })

    it('throws when the channel is closed', async () => {
      const { channel, dc } = await answered()
      dc.closes()

      expect(() => channel.send(bytes('late'))).to.throw(ChannelClosedError)
      expect(channel.bufferedAmount()).to.equal(0)
    })

    it('throws when the remote is closing it, which the browser knows first', async () => {
      const { channel, dc } = await answered()
      dc.readyState = 'closing'

      expect(() => channel.send(bytes('late'))).to.throw(ChannelClosedError)
    })
  })

  describe('receiving', () => {
    it('is of binary messages', () => {
      expect(pc.channels[0].binaryType).to.equal('arraybuffer')
      expect(open().dc.binaryType).to.equal('arraybuffer')
      expect(pc.remoteOpens(1).binaryType).to.equal('arraybuffer')
    })

    it('keeps what comes before somebody attaches, in order, and goes on behind it', async () => {
      const { channel, dc } = open()
      const handler = recorder()
      await turn()
      dc.receives(arrayBuffer('1'))
      dc.receives(arrayBuffer('2'))
      channel.attach(handler)
      dc.receives(arrayBuffer('3'))
      expect(handler.events).to.be.empty()

      await turn()
      dc.receives(arrayBuffer('4'))
      expect(handler.events).to.deep.equal(['message 1', 'message 2', 'message 3', 'message 4'])
    })

    it('keeps no more than 256 KiB of a channel that nobody reads', async () => {
      const { channel, dc } = open()
      const handler = recorder()

      for (let i = 0; i < 17; i++) {
        dc.receives(new ArrayBuffer(16 * KiB))
      }

      channel.attach(handler)
      await turn()
      expect(handler.events).to.have.lengthOf(17)
      expect(handler.events[16]).to.match(/^violation: The remote sent more than 262144 bytes/)
    })

    it('keeps no more messages than that either, if they are empty', async () => {
      const { channel, dc } = open()
      const handler = recorder()

      for (let i = 0; i < 5_000; i++) {
        dc.receives(new ArrayBuffer(0))
      }

      channel.attach(handler)
      await turn()
      expect(handler.events).to.have.lengthOf(1_025)
    })

    it('takes a text for a violation', async () => {
      const { dc, events } = await answered()
      dc.receives('text')

      expect(events).to.deep.equal(['violation: The remote sent a text message'])
    })

    it('counts what has come and what has gone, on all channels, also on those that are closed', async () => {
      const received = peer.bytesReceived()
      const sent = peer.bytesSent()
      const { channel, dc } = await answered()

      channel.send(new Uint8Array(1_000))
      expect(peer.bytesSent()).to.equal(sent + 5)
      dc.drains(400)
      expect(peer.bytesSent()).to.equal(sent + 5 + 600)
      dc.receives(new ArrayBuffer(100))
      expect(peer.bytesReceived()).to.equal(received + 6 + 100)

      dc.closes()
      clock.pass(20)
      expect(peer.bytesSent()).to.be.at.least(sent + 605)
      expect(peer.bytesReceived()).to.equal(received + 106)
    })
  })

  describe('of the remote', () => {
    const cases = [
      { properties: {}, reliable: true },
      { properties: { ordered: false }, reliable: true },
      { properties: { maxRetransmits: 0 }, reliable: false },
      { properties: { maxPacketLifeTime: 100 }, reliable: false }
    ]

    cases.forEach(({ properties, reliable }) => {
      it(`is ${reliable ? 'reliable' : 'one that may lose messages'} with ${JSON.stringify(properties)}`, () => {
        const incoming: Channel[] = []
        peer.attach({ onChannel: channel => { incoming.push(channel) }, onClosed () {} })
        pc.remoteOpens(1, properties)

        expect(incoming[0].reliable).to.equal(reliable)
      })
    })

    it('is closed where nobody is there for it', () => {
      expect(pc.remoteOpens(1).readyState).to.equal('closing')
    })
  })

  describe('closing', () => {
    it('sends first what is held', async () => {
      const { channel, dc } = open()
      channel.send(bytes('1'))
      channel.send(bytes('2'))
      channel.close()
      expect(dc.readyState).to.equal('connecting')

      await turn()
      expect(dc.sent).to.deep.equal([bytes('1'), bytes('2')])
      expect(dc.readyState).to.equal('closing')
    })

    it('drops what was not delivered, and calls nobody', async () => {
      const { channel, dc, events } = await answered()
      channel.close()
      dc.receives(arrayBuffer('late'))
      dc.closes()
      clock.pass(1_000)

      expect(events).to.be.empty()
    })

    it('by the remote is told behind all messages, once', async () => {
      const { dc, events } = await answered()
      dc.receives(arrayBuffer('last'))
      dc.closes()
      dc.closes()
      clock.pass(1_000)
      dc.closes()

      expect(events).to.deep.equal(['message last', 'channel-closed'])
    })

    it('by the remote is told although it never answers what the browser sends in return', async () => {
      const { channel, dc, events } = await answered()
      dc.receives(arrayBuffer('last'))
      dc.remoteResets()
      expect(() => channel.send(bytes('late'))).to.throw(ChannelClosedError)
      clock.pass(1_000)

      expect(events).to.deep.equal(['message last', 'channel-closed'])
      expect(open().channel.id).to.not.equal(channel.id)

      dc.closes()
      clock.pass(1_000)
      expect(open().channel.id).to.equal(channel.id)
      expect(events).to.have.lengthOf(2)
    })

    it('by the remote, and then by the browser because something went wrong, is told with the reason', async () => {
      const { dc, events } = await answered()
      dc.remoteResets()
      clock.pass(19)
      dc.fails('data-channel-failure')
      clock.pass(1_000)
      await turn()

      expect(events).to.deep.equal(['channel-closed: data-channel-failure'])
    })

    it('by the remote is told to who attaches afterwards', async () => {
      const { channel, dc } = open()
      const handler = recorder()
      await turn()
      dc.receives(arrayBuffer('last'))
      dc.closes()
      clock.pass(1_000)
      channel.attach(handler)
      await turn()

      expect(handler.events).to.deep.equal(['message last', 'channel-closed'])
    })

    it('by the browser, because something went wrong, is told with the reason', async () => {
      const { dc, events } = await answered()
      dc.fails('data-channel-failure')
      clock.pass(1_000)
      await turn()

      expect(events).to.deep.equal(['channel-closed: data-channel-failure'])
    })

    it('by the browser is told where it has no error to tell (Firefox)', async () => {
      const { dc, events } = await answered()
      dc.onerror?.({})
      dc.closes()
      clock.pass(1_000)
      await turn()

      expect(events).to.deep.equal(['channel-closed: The browser closed the data channel'])
    })

    it('twice is as good as once, and so is closing what the remote has closed', async () => {
      const { channel, dc } = await answered()
      channel.close()
      channel.close()
      dc.closes()
      channel.close()

      const other = await answered()
      other.dc.closes()
      other.channel.close()
      clock.pass(1_000)
      other.channel.close()
      expect(other.events).to.be.empty()
    })
  })

  describe('ids', () => {
    it('are those that the browser gives, and free when both ends have reset the stream', () => {
      const { channel, dc } = open()
      expect(channel.id).to.equal(2)
      channel.close()
      expect(open().channel.id).to.equal(4)

      dc.closes()
      expect(open().channel.id).to.equal(2)
    })

    it('are as many as the remote can have, those among them that it has not freed', () => {
      const channels = Array.from({ length: 507 }, () => open())
      expect(() => open()).to.throw(ChannelLimitError)

      channels.forEach(({ channel }) => { channel.close() })
      expect(() => open()).to.throw(ChannelLimitError)

      channels[100].dc.closes()
      expect(open().channel.id).to.equal(202)
      expect(Math.max(...pc.channels.map(({ id }) => id ?? 0))).to.be.below(1_018)
    })

    it('are not those of the handshake channel, also when that is closed', () => {
      pc.channels[0].closes()

      expect(open().channel.id).to.equal(2)
    })

    it('are not those of the handshake channel, also when the browser closes it much later than the remote', () => {
      pc.channels[0].remoteResets()
      clock.pass(10_000)
      pc.channels[0].closes()

      expect(open().channel.id).to.equal(2)
    })
  })
})
