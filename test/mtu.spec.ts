import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { parseEndpoint } from '../src/wire/address.ts'
import { createListener, createNode, echo, stopNodes } from './support/loopback-nodes.ts'
import { openPath } from './support/path.ts'
import type { End, Path } from './support/path.ts'

/**
 * What IPv6 and UDP put before a datagram, in bytes
 */
const HEADERS = 48

const MESSAGE = new Uint8Array(64 * 1024).fill(7)

describe('the option mtu', () => {
  let path: Path | undefined

  afterEach(async () => {
    path?.close()
    await stopNodes()
  })

  /**
   * Sends much, and has it back. Returns the longest datagram of each end, in bytes.
   */
  async function longest (dialerMtu: number | undefined, listenerMtu: number | undefined): Promise<Record<End, number>> {
    const lengths = { dialer: 0, listener: 0 }
    const listener = await createListener({ transport: { mtu: listenerMtu } })
    const dialer = await createNode({ transport: { mtu: dialerMtu } })
    const [address] = listener.getMultiaddrs()
    const { port } = parseEndpoint(address)

    path = await openPath(port, (datagram, from) => {
      lengths[from] = Math.max(lengths[from], datagram.byteLength)

      return true
    })

    const connection = await dialer.dial(multiaddr(`${address}`.replace(`/udp/${port}/`, `/udp/${path.port}/`)))
    const [accepted] = listener.getConnections()

    // an echo comes back in pieces as it went
    expect(await echo(connection, MESSAGE)).to.deep.equal(MESSAGE)
    expect(await echo(accepted, MESSAGE)).to.deep.equal(MESSAGE)

    return lengths
  }

  for (const [dialer, listener] of [[undefined, undefined], [640, 1_280], [1_500, 1_280], [1_280, 4_144], [4_144, 4_144]]) {
    it(`makes no datagram longer than ${dialer ?? 'the default'} at the dialer and ${listener ?? 'the default'} at the listener allow`, async () => {
      const lengths = await longest(dialer, listener)

      for (const [length, mtu = 1_280] of [[lengths.dialer, dialer], [lengths.listener, listener]]) {
        expect(length).to.be.at.most(mtu - HEADERS)

        // what is sent fills it, but for the header of the longest record of DTLS
        expect(length).to.be.greaterThan(mtu - HEADERS - 32)
      }
    })
  }
})
