import { ConnectionFailedError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { CertificateMismatchError, ChannelClosedError, WebRTCUnavailableError } from '../../src/errors.ts'
import { arrayBuffer, BrowserPeers, FINGERPRINT, recorder, turn } from '../support/browser-peers.ts'
import type { Dialed } from '../support/browser-peers.ts'

const signal = new AbortController().signal

describe('a connection of a browser', () => {
  let peers: BrowserPeers

  beforeEach(() => {
    peers = new BrowserPeers()
  })

  afterEach(() => {
    peers.stop()
  })

  /**
   * One that is up, with a channel, of which everything is written down
   */
  async function watched (): Promise<Dialed & { events: string[] }> {
    const dialed = await peers.connect()
    const { peer, pc } = dialed
    const { events, ...handler } = recorder()

    peer.attach({
      onChannel: ({ id }) => { events.push(`channel ${id}`) },
      onClosed: (err) => { events.push(err == null ? 'closed' : `${err.name}`) }
    })
    peer.openChannel().attach(handler)
    peer.handshakeChannel.attach({ ...handler, onClosed () {} })
    pc.channels[1].opens()
    await turn()

    return { ...dialed, events }
  }

  describe('being set up', () => {
    it('is in the phase of what it waits for', async () => {
      const { peer, pc } = await peers.start()
      const phases = [peer.phase()]

      for (const step of [
        () => { pc.iceIs('checking') },
        () => { pc.iceIs('connected') },
        () => { pc.dtlsIs('connecting') },
        () => { pc.dtlsIs('connected') },
        () => { pc.channels[0].opens() }
      ]) {
        step()
        phases.push(peer.phase())
      }

      expect(phases).to.deep.equal(['ice', 'ice', 'dtls', 'dtls', 'sctp', 'sctp'])
      await peer.connected(signal)
    })

    it('knows the certificates: its own from the description, and the one that the browser was told to take', async () => {
      const { peer, pc } = await peers.start()

      expect(peer.localFingerprint()).to.equalBytes(Uint8Array.from({ length: 32 }, (_, i) => i))
      expect(peer.remoteFingerprint()).to.be.undefined()
      pc.connects()
      expect(peer.remoteFingerprint()).to.equalBytes(FINGERPRINT)
    })

    it('ends with the signal, and can be closed then', async () => {
      const { peer, pc } = await peers.start()
      const controller = new AbortController()
      const connected = peer.connected(controller.signal)
      pc.iceIs('checking')
      controller.abort(new Error('no more'))

      await expect(connected).to.eventually.be.rejectedWith('no more')
      expect(pc.isClosed).to.be.false()
      await peer.close()
      expect(pc.isClosed).to.be.true()
      expect(peer.phase()).to.equal('ice')
    })

    it('ends when it is closed, also before the browser has been told anything', async () => {
      const starting = peers.start()
      const [pc] = peers.browser.connections
      const { peer } = await starting
      const connected = peer.connected(signal)
      await peer.close()

      await expect(connected).to.eventually.be.rejectedWith(ConnectionFailedError)
      expect(pc.isClosed).to.be.true()
    })

    it('ends where nobody answers', async () => {
      const { peer, pc } = await peers.start()
      pc.iceIs('checking')
      pc.iceIs('failed')

      await expect(peer.connected(signal)).to.eventually.be.rejectedWith(ConnectionFailedError)
      expect([pc.isClosed, peer.phase()]).to.deep.equal([true, 'ice'])
    })

    describe('with another certificate', () => {
      // Chromium tells in any order
      const steps: Array<(pc: Dialed['pc']) => void> = [
        (pc) => { pc.connectionIs('failed') },
        (pc) => { pc.sctpIs('closed') },
        (pc) => { pc.dtlsIs('failed') }
      ]
      const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

      orders.forEach(order => {
        it(`says so, and the next one can be tried (told ${order.join(', ')})`, async () => {
          const { peer, pc } = await peers.start()
          pc.iceIs('checking')
          pc.iceIs('connected')
          pc.dtlsIs('connecting')
          order.forEach(step => { steps[step](pc) })

          await expect(peer.connected(signal)).to.eventually.be.rejectedWith(CertificateMismatchError)
          expect([peer.phase(), pc.isClosed]).to.deep.equal(['dtls', true])
        })
      })

      it('is not where the remote closes the connection before DTLS is done', async () => {
        const { peer, pc } = await peers.start()
        pc.iceIs('checking')
        pc.iceIs('connected')
        pc.dtlsIs('connecting')
        pc.sctpIs('closed')
        pc.dtlsIs('closed')

        await expect(peer.connected(signal)).to.eventually.be.rejectedWith(ConnectionFailedError)
      })
    })

    it('ends where a policy forbids WebRTC: ICE fails before it has begun', async () => {
      const { peer, pc } = await peers.start()
      pc.iceIs('failed')

      await expect(peer.connected(signal)).to.eventually.be.rejectedWith(WebRTCUnavailableError, /Content-Security-Policy/)
    })

    it('does not begin where the remote is told twice, or late', async () => {
      const { peer, pc } = await peers.connect()
      pc.channels[0].onopen?.()
      pc.iceIs('completed')
      pc.connectionIs('connected')
      await peer.connected(signal)

      expect(() => peer.openChannel()).to.not.throw()
    })
  })

  describe('that ends', () => {
    it('tells its channels before it tells of itself, once, whatever else the browser says', async () => {
      const { pc, clock, events } = await watched()
      pc.remoteCloses()
      pc.connectionIs('closed')
      clock.pass(1_000)
      pc.channels.forEach(channel => { channel.closes() })
      pc.remoteCloses()
      clock.pass(1_000)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
      expect(pc.isClosed).to.be.true()
    })

    it('tells them where the browser does not (Safari)', async () => {
      peers.browser.tellsOfChannels = false
      const { pc, clock, events } = await watched()
      pc.remoteCloses()
      clock.pass(20)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
    })

    it('does so behind the messages that are still to come', async () => {
      peers.browser.tellsOfChannels = false
      const { pc, clock, events } = await watched()
      pc.remoteCloses()
      pc.channels[1].receives(arrayBuffer('last'))
      clock.pass(20)

      expect(events).to.deep.equal(['message last', 'connection-lost', 'closed'])
    })

    it('is not taken for a channel that the remote has closed, although it is told first', async () => {
      const { pc, clock, events } = await watched()
      pc.channels[1].closes()
      clock.pass(19)
      pc.sctpIs('closed')
      clock.pass(20)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
    })

    it('is lost where ICE has failed', async () => {
      const { pc, clock, events } = await watched()
      pc.iceIs('disconnected')
      clock.pass(10_000)
      pc.iceIs('failed')
      clock.pass(20)

      expect(events).to.deep.equal(['connection-lost: The connection was lost: the remote stopped answering, nothing was heard of it for 10 s', 'ConnectionLostError'])
    })

    it('is lost where the association has ended while ICE had no answers (Firefox)', async () => {
      const { pc, clock, events } = await watched()
      pc.iceIs('disconnected')
      clock.pass(5_000)
      pc.sctpIs('closed')
      clock.pass(20)

      expect(events[1]).to.equal('ConnectionLostError')
    })

    it('is over for who uses it', async () => {
      const { peer, pc, clock } = await watched()
      pc.remoteCloses()

      expect(() => peer.openChannel()).to.throw(ChannelClosedError)
      clock.pass(20)
      expect(() => peer.openChannel()).to.throw(ChannelClosedError)
      await peer.close()
    })

    it('is not one that is disconnected for a while', async () => {
      const { pc, clock, events } = await watched()
      pc.iceIs('disconnected')
      pc.connectionIs('disconnected')
      clock.pass(10_000)
      await turn()
      pc.iceIs('connected')
      pc.connectionIs('connected')
      clock.pass(60_000)

      expect(events).to.be.empty()
      expect(clock.pending).to.equal(0)
    })
  })

  describe('that the remote shuts down, of which Chromium says nothing', () => {
    /**
     * Lets time pass, and the browser answer
     */
    async function wait (clock: Dialed['clock'], ms: number): Promise<void> {
      for (let i = 0; i < ms; i += 20) {
        clock.pass(20)
        await turn()
      }
    }

    it('has ended soon after the handshake channel was closed', async () => {
      const { pc, clock, events } = await watched()
      pc.channels[0].closes()
      pc.isAssociated = false
      await wait(clock, 400)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
    })

    it('has ended soon after the remote has closed that channel, although the browser has not', async () => {
      const { pc, clock, events } = await watched()
      pc.channels[0].remoteResets()
      pc.isAssociated = false
      await wait(clock, 400)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
    })

    it('goes on where the remote closes no more than that channel, as litep2p does', async () => {
      const { pc, clock, events } = await watched()
      pc.channels[0].closes()
      await wait(clock, 10_000)

      expect(events).to.be.empty()
      expect(clock.pending).to.equal(0)
    })

    it('has ended when a channel that is opened does not come to be open', async () => {
      const { peer, pc, clock, events } = await watched()
      pc.isAssociated = false
      peer.openChannel()
      await wait(clock, 600)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
    })

    it('has not ended where the page was too busy to hear that the channel is open', async () => {
      const { peer, pc, clock, events } = await watched()
      pc.isAssociated = false
      peer.openChannel()
      const dc = pc.channels[pc.channels.length - 1]

      // it was said before the next answer of the browser
      pc.getStats = async () => {
        dc.opens()
        return new Map()
      }

      await wait(clock, 1_000)
      expect(events).to.be.empty()
    })

    it('has ended when ICE is without answers and no channel comes to be open', async () => {
      const { pc, clock, events } = await watched()
      pc.isAssociated = false
      pc.iceIs('disconnected')
      await wait(clock, 400)

      expect(events).to.deep.equal(['connection-lost', 'closed'])
    })

    it('has ended when a channel fails, and no other comes to be open', async () => {
      const { pc, clock, events } = await watched()
      pc.isAssociated = false
      pc.channels[1].fails('data-channel-failure')
      await wait(clock, 400)

      expect(events).to.deep.equal(['channel-closed: data-channel-failure', 'closed'])
    })
  })

  describe('that is closed from here', () => {
    it('says goodbye by closing the handshake channel, and calls nobody', async () => {
      const { peer, pc, clock, events } = await watched()
      let isClosed = false
      const closed = peer.close().then(() => { isClosed = true })

      expect(pc.channels[0].readyState).to.equal('closing')
      pc.channels[1].receives(arrayBuffer('late'))
      clock.pass(49)
      await turn()
      expect([pc.isClosed, isClosed]).to.deep.equal([false, false])

      clock.pass(1)
      await closed
      expect(pc.isClosed).to.be.true()

      pc.channels.forEach(channel => { channel.closes() })
      pc.connectionIs('closed')
      clock.pass(1_000)
      expect(events).to.be.empty()
      expect(clock.pending).to.equal(0)
    })

    it('is closed at once where the remote has closed that channel', async () => {
      const { peer, pc } = await watched()
      pc.channels[0].closes()
      pc.channels[0].readyState = 'closed'
      pc.sctpIs('closed')
      await peer.close()

      expect(pc.isClosed).to.be.true()
    })

    it('may be closed twice', async () => {
      const { peer, clock } = await watched()
      const closing = Promise.all([peer.close(), peer.close()])
      clock.pass(50)
      await closing
      await peer.close()
    })

    it('leaves nothing that could be called, and no timer', async () => {
      const { peer, pc, clock } = await watched()
      peer.openChannel().send(new Uint8Array(1))
      const closing = peer.close()
      clock.pass(50)
      await closing

      expect(clock.pending).to.equal(0)
      expect([pc.onconnectionstatechange, pc.oniceconnectionstatechange, pc.ondatachannel, pc.sctp?.onstatechange, pc.sctp?.transport.onstatechange]).to.deep.equal([null, null, null, null, null])
      expect(pc.channels.flatMap(({ onopen, onmessage, onclose, onerror, onbufferedamountlow }) => [onopen, onmessage, onclose, onerror, onbufferedamountlow].filter(handler => handler != null))).to.be.empty()
    })
  })

  it('has no more channels than the browser says', async () => {
    const { peer, pc } = await peers.connect()
    expect(peer.maxChannelId).to.equal(1_017)

    if (pc.sctp != null) {
      pc.sctp.maxChannels = 256
    }

    expect(peer.maxChannelId).to.equal(255)
  })
})
