import { TimeoutError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { AddressRefusedError, WebRTCUnavailableError } from '../../src/errors.ts'
import { BrowserPeers, turn } from '../support/browser-peers.ts'

const signal = new AbortController().signal

describe('a browser that refuses', () => {
  let peers: BrowserPeers

  beforeEach(() => {
    peers = new BrowserPeers()
  })

  afterEach(() => {
    peers.stop()
  })

  describe('to make a connection', () => {
    const cases = [
      { refusal: new DOMException('The policy', 'NotAllowedError'), says: /a policy forbids WebRTC in this page/ },
      { refusal: new DOMException('Cannot create so many PeerConnections', 'UnknownError'), says: /no more connections.*500/ }
    ]

    cases.forEach(({ refusal, says }) => {
      it(`says what to do about "${refusal.message}"`, async () => {
        peers.browser.refusal = refusal

        await expect(peers.start()).to.eventually.be.rejectedWith(WebRTCUnavailableError, says)
          .and.have.property('phase', 'ice')
      })
    })

    it('says so where there is no RTCPeerConnection, as in workers', async () => {
      Object.assign(globalThis, { RTCPeerConnection: undefined })

      await expect(peers.start()).to.eventually.be.rejectedWith(WebRTCUnavailableError, /workers/)
    })
  })

  /**
   * Which addresses browsers don't connect to, and the words that say so
   */
  const refused = [
    { host: '192.0.2.1', port: 1_023, says: /no port below 1024/ },
    { host: '2001:db8::1', port: 22, says: /no port below 1024/ },
    { host: '192.0.2.1', port: 81, says: /no port below 1024/ },
    { host: '192.168.1.1', port: 80, says: /not to those at private addresses/ },
    { host: '10.0.0.1', port: 443, says: /not to those at private addresses/ },
    { host: '172.31.0.1', port: 443, says: /not to those at private addresses/ },
    { host: '169.254.0.1', port: 443, says: /not to those at private addresses/ },
    { host: '127.0.0.1', port: 443, says: /not to those at private addresses/ },
    { host: 'fd00::1', port: 443, says: /not to those at private addresses/ },
    { host: 'fe80::1', port: 443, says: /not to those at private addresses/ },
    { host: '0.0.0.0', port: 4_001, says: /an address to listen on/ },
    { host: '::', port: 4_001, says: /an address to listen on/ }
  ]

  describe('an address that Chromium ignores', () => {
    refused.forEach(({ host, port, says }) => {
      it(`says so soon: ${host} port ${port}`, async () => {
        const { peer, pc, clock } = await peers.start({ host, port })
        clock.pass(1_000)

        await expect(peer.connected(signal)).to.eventually.be.rejectedWith(AddressRefusedError, says)
        expect(pc.isClosed).to.be.true()
      })
    })

    it('is not one that the browser tries', async () => {
      const { peer, pc, clock } = await peers.start({ port: 22 })

      // a busy machine
      clock.pass(900)
      pc.iceIs('checking')
      clock.pass(10_000)
      pc.connects()

      await peer.connected(signal)
    })
  })

  describe('an address that it has not tried until the deadline', () => {
    const cases = [
      { host: '192.168.1.1', port: 4_001, says: /permission to reach the local network/ },
      { host: '2001:db8::1', port: 4_001, says: /no network with IPv6/ },
      { host: '127.0.0.1', port: 4_001, says: /Firefox connects to no loopback address/ },
      { host: 'example.test', port: 4_001, says: /Firefox looks up no names/ },
      { host: '192.0.2.1', port: 443, says: /no network/ }
    ]

    cases.forEach(({ host, port, says }) => {
      it(`may have a reason: ${host} port ${port}`, async () => {
        const { peer } = await peers.start({ host, port })
        const controller = new AbortController()
        const connected = peer.connected(controller.signal)
        controller.abort(new TimeoutError('Nobody answered within 4000 ms'))

        await expect(connected).to.eventually.be.rejectedWith(AddressRefusedError, says)
      })
    })

    it('is not one that has been tried, or that was given up for another reason', async () => {
      const tried = await peers.start()
      tried.pc.iceIs('checking')
      const controller = new AbortController()
      const connected = [tried, await peers.start()].map(async ({ peer }, i) => peer.connected(i === 0 ? controller.signal : AbortSignal.abort(new Error('enough'))))
      controller.abort(new TimeoutError('Nobody answered within 4000 ms'))

      await expect(connected[0]).to.eventually.be.rejectedWith(TimeoutError)
      await expect(connected[1]).to.eventually.be.rejectedWith('enough')
    })
  })

  it('says with a word about Firefox that it can\'t reach a loopback address', async () => {
    const { peer, pc } = await peers.start({ host: '127.0.0.1' })
    pc.iceIs('checking')
    pc.iceIs('failed')

    await expect(peer.connected(signal)).to.eventually.be.rejectedWith(AddressRefusedError, /media\.peerconnection\.ice\.loopback/)
    await turn()
  })
})
