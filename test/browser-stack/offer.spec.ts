import { expect } from 'aegir/chai'
import { MungingRefusedError } from '../../src/errors.ts'
import { readCredentials, readFingerprint } from '../../src/wire/sdp.ts'
import { BrowserPeers, FINGERPRINT } from '../support/browser-peers.ts'
import type { FakeBrowser } from '../support/fake-connection.ts'

const signal = new AbortController().signal

describe('what a page tells its browser', () => {
  let peers: BrowserPeers

  beforeEach(() => {
    peers = new BrowserPeers()
  })

  afterEach(() => {
    peers.stop()
  })

  it('is with version 1 an offer with other credentials, which the answer has as well', async () => {
    const { peer, pc } = await peers.start({ version: 1 })
    const client = readCredentials(pc.localDescription?.sdp ?? '')

    expect(client?.ufrag).to.match(/^libp2p\+webrtc\+v1\//)
    expect(client?.pwd).to.equal(client?.ufrag)
    expect(readCredentials(pc.remoteDescription?.sdp ?? '')).to.deep.equal(client)
    expect(peer.version).to.equal(1)
  })

  it('is with version 2 the offer as it is, and an answer with its password behind the prefix', async () => {
    const { peer, pc } = await peers.start({ version: 2 })
    const server = `libp2p+webrtc+v2/${readCredentials(pc.offered)?.pwd}`

    expect(pc.localDescription?.sdp).to.equal(pc.offered)
    expect(readCredentials(pc.remoteDescription?.sdp ?? '')).to.deep.equal({ ufrag: server, pwd: server })
    expect(peer.version).to.equal(2)
  })

  it('is nothing else of the offer: browsers take another length of messages for munging too', async () => {
    const { pc } = await peers.start({ version: 1 })
    const changed = (pc.localDescription?.sdp ?? '').split('\r\n').filter((line, i) => line !== pc.offered.split('\r\n')[i])

    expect(changed.map(line => line.split(':')[0])).to.deep.equal(['a=ice-ufrag', 'a=ice-pwd'])
  })

  it('is the certificate of the listener, and one candidate, by itself', async () => {
    const { pc } = await peers.start()

    expect(readFingerprint(pc.remoteDescription?.sdp ?? '')).to.equalBytes(FINGERPRINT)
    expect(pc.remoteDescription?.sdp).to.not.include('candidate')
    expect(pc.remoteDescription?.sdp).to.match(/\r\n$/)
    expect(pc.candidates).to.deep.equal(['candidate:1 1 UDP 2130706431 192.0.2.1 4001 typ host'])
  })

  const refusing: Array<{ munging: FakeBrowser['munging'], how: string }> = [
    { munging: 'rejected', how: 'rejects the description' },
    { munging: 'ignored', how: 'keeps its own credentials' }
  ]

  refusing.forEach(({ munging, how }) => {
    describe(`where the browser ${how}`, () => {
      beforeEach(() => {
        peers.browser.munging = munging
      })

      it('is version 2 on the same connection', async () => {
        const { peer, pc } = await peers.start({ version: 1, mayChangeVersion: true })

        expect(peer.version).to.equal(2)
        expect(pc.localDescription?.sdp).to.equal(pc.offered)
        expect(readCredentials(pc.remoteDescription?.sdp ?? '')?.ufrag).to.equal(`libp2p+webrtc+v2/${readCredentials(pc.offered)?.pwd}`)
        expect(peers.browser.connections).to.have.lengthOf(1)

        pc.connects()
        await peer.connected(signal)
      })

      it('is nothing where the version may not change: it fails, and says what to do', async () => {
        const { peer, pc } = await peers.start({ version: 1, mayChangeVersion: false })

        await expect(peer.connected(signal)).to.eventually.be.rejectedWith(MungingRefusedError, /dial with version 2/)
          .and.have.property('phase', 'ice')
        expect(pc.isClosed).to.be.true()
      })
    })
  })

  it('fails at once where the browser lets the description through, and drops the candidate', async () => {
    peers.browser.munging = 'restricted'
    const { peer, pc } = await peers.start({ version: 1, mayChangeVersion: true })

    await expect(peer.connected(signal)).to.eventually.be.rejectedWith(MungingRefusedError, /192\.0\.2\.1/)
    expect(pc.isClosed).to.be.true()
  })

  it('goes through there with version 2', async () => {
    peers.browser.munging = 'restricted'
    const { pc } = await peers.start({ version: 2 })

    expect(pc.candidates).to.have.lengthOf(1)
    expect(pc.isClosed).to.be.false()
  })
})
