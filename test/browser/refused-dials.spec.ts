import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { listenerOfEachTest } from './listener.ts'
import { chromiumOfSuite } from './pages.ts'

/**
 * Well-formed certhashes that no certificate has
 */
const WRONG = [1, 2].map(byte => `u${Buffer.from([0x12, 32, ...new Uint8Array(32).fill(byte)]).toString('base64url')}`)

/**
 * An address of the listener with other certhashes
 */
function withCerthashes (address: string, certhashes: string[]): string {
  return address.replace(/(\/certhash\/[\w-]+)+/, certhashes.map(certhash => `/certhash/${certhash}`).join(''))
}

describe('a page in Chromium', () => {
  const chromium = chromiumOfSuite()
  const listener = listenerOfEachTest()

  function certhash (): string {
    const value = multiaddr(listener.current.address).getComponents().find(({ name }) => name === 'certhash')?.value

    if (value == null) {
      throw new Error('The address has no certhash')
    }

    return value
  }

  for (const position of ['first', 'last']) {
    it(`finds the certhash that is right if it is the ${position} of two`, async () => {
      const { address, peer } = listener.current
      const page = await chromium.open()

      await page.dial(withCerthashes(address, position === 'first' ? [certhash(), WRONG[0]] : [WRONG[0], certhash()]))
      await page.ask('exchange', { peer, protocol: 'echo', bytes: 1_000 })
    })
  }

  it('says so where no certhash is right', async () => {
    const page = await chromium.open()
    const { error, ms } = await page.failToDial(withCerthashes(listener.current.address, WRONG))

    // Chromium does not tell which certificate was presented
    expect(error).to.match(/^CertificateMismatchError: dtls: the browser refused the certificate of .*, which is another one/)
    expect(ms).to.be.lessThan(5_000)
  })

  it('says that nobody answers where nobody listens', async () => {
    const { address } = listener.current
    const port = await freePort()
    const page = await chromium.open()
    const { error, ms } = await page.failToDial(address.replace(/\/udp\/\d+/, `/udp/${port}`))

    expect(error).to.match(/^SetupTimeoutError: /)
    expect(ms).to.be.lessThan(10_000)
    expect(await page.ask('status')).to.deep.include({ connections: 0, resources: { peerConnections: 0 } })
  })

  it('says which ports Chromium connects to where it refuses one', async () => {
    const page = await chromium.open()
    const { error, ms } = await page.failToDial(listener.current.address.replace(/\/udp\/\d+/, '/udp/53'))

    expect(error).to.match(/^AddressRefusedError: .*port below 1024/)
    expect(ms).to.be.lessThan(5_000)
  })

  it('says that a policy forbids WebRTC where the Connection-Allowlist of the page does', async () => {
    const page = await chromium.open({ headers: { 'connection-allowlist': '(response-origin); webrtc=block' } })
    const { error, ms } = await page.failToDial(listener.current.address)

    expect(error).to.match(/^WebRTCUnavailableError: .*policy forbids WebRTC/)
    expect(ms).to.be.lessThan(5_000)
  })

  it("says that a policy forbids WebRTC where the page has webrtc 'block' and Chromium knows it", async () => {
    const page = await chromium.open({ headers: { 'content-security-policy': "webrtc 'block'" } })
    const isKnown = !page.log.some(line => /Unrecognized Content-Security-Policy directive 'webrtc'/.test(line))
    const { ok, error } = await page.command('dial', { address: listener.current.address })

    expect(ok).to.equal(!isKnown)
    expect(error ?? 'WebRTCUnavailableError: a policy forbids WebRTC').to.match(/^WebRTCUnavailableError: .*policy forbids WebRTC/)
  })

  it('dials where the policy of the page allows WebRTC', async () => {
    const page = await chromium.open({ headers: { 'content-security-policy': "default-src 'self'; webrtc 'allow'" } })

    await page.dial(listener.current.address)
  })
})

/**
 * A port that nobody listens on
 */
async function freePort (): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')

  const { port } = socket.address()
  socket.close()

  return port
}
