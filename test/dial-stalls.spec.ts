import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { parseDialTarget } from '../src/wire/address.ts'
import { createListener, createNode, echo, stopNodes } from './support/loopback-nodes.ts'
import { isDtls, openPath } from './support/path.ts'
import type { WebRTCDirectDialEvents } from '../src/index.ts'
import type { End, Path } from './support/path.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What carries SCTP: the content type "application_data" of RFC 6347
 */
const APPLICATION_DATA = 23

/**
 * What never gets through, sent by whom, and in which phase that stops a dial
 */
const STALLS: Array<[string, 'dtls' | 'sctp', End, (datagram: Buffer) => boolean]> = [
  ['DTLS of the listener', 'dtls', 'listener', isDtls],
  ['DTLS of the dialer', 'dtls', 'dialer', isDtls],
  ['SCTP of the listener', 'sctp', 'listener', datagram => datagram[0] === APPLICATION_DATA],
  ['SCTP of the dialer', 'sctp', 'dialer', datagram => datagram[0] === APPLICATION_DATA]
]

describe('a dial that makes no headway', function () {
  this.timeout(20_000)

  const paths: Path[] = []

  afterEach(async () => {
    await stopNodes()
    paths.splice(0).forEach(path => { path.close() })
  })

  /**
   * The address of a listener behind a path
   */
  async function listenBehind (lets: (datagram: Buffer, from: End, attempt: number) => boolean): Promise<Multiaddr> {
    const listener = await createListener()
    const address = `${listener.getMultiaddrs()[0]}`
    const { port } = parseDialTarget(multiaddr(address))
    const path = await openPath(port, lets)
    paths.push(path)

    return multiaddr(address.replace(`/udp/${port}/`, `/udp/${path.port}/`))
  }

  for (const [what, phase, sender, isLost] of STALLS) {
    it(`is tried again in time: ${what} is lost`, async () => {
      const address = await listenBehind((datagram, from, attempt) => attempt > 0 || from !== sender || !isLost(datagram))
      const dialer = await createNode()
      const events: string[] = []
      const connection = await dialer.dial(address, {
        onProgress: ({ type }: WebRTCDirectDialEvents) => { events.push(type.replace('webrtc-direct:', '')) }
      })

      expect(await echo(connection, Uint8Array.of(1, 2, 3))).to.equalBytes([1, 2, 3])
      expect(events.filter(type => ['ice', 'dtls', 'sctp', 'attempt-lost', 'noise'].includes(type))).to.deep.equal([
        'ice', 'dtls', ...(phase === 'sctp' ? ['sctp'] : []), 'ice', 'dtls', 'sctp', 'attempt-lost', 'noise'
      ])
    })
  }

  it('says once that the remote stopped answering', async () => {
    const address = await listenBehind((datagram, from) => from !== 'listener' || !isDtls(datagram))
    const dialer = await createNode({ transport: { setupTimeout: 4_000 } })

    await expect(dialer.dial(address)).to.eventually.be.rejected.with.property('message')
      .that.matches(/^dtls: no connection with \S+ in time, the remote stopped answering \(version 1\)$/)
  })
})
