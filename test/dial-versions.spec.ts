import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { parseDialTarget } from '../src/wire/address.ts'
import { createListener, createNode, deadPort, echo, stopNodes } from './support/loopback-nodes.ts'
import { openPath } from './support/path.ts'
import type { Path } from './support/path.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

type Version = 1 | 2

const PREFIX = { 1: 'libp2p+webrtc+v1/', 2: 'libp2p+webrtc+v2/' }

/**
 * The version of a dialer's request: what stands in front of the listener's half of
 * USERNAME
 */
function versionOf (datagram: Buffer): Version | undefined {
  return ([1, 2] as const).find(version => datagram.includes(PREFIX[version]))
}

describe('the version of the protocol', () => {
  const paths: Path[] = []
  const asked: Version[] = []

  beforeEach(() => { asked.length = 0 })

  afterEach(async () => {
    await stopNodes()
    paths.splice(0).forEach(path => { path.close() })
  })

  /**
   * The address of a listener that speaks these versions, as far as a dialer can
   * tell: others are not answered
   */
  async function listenerThatSpeaks (...versions: Version[]): Promise<Multiaddr> {
    const listener = await createListener()
    const [ma] = listener.getMultiaddrs()
    const { port } = parseDialTarget(ma)
    const path = await openPath(port, datagram => {
      const version = versionOf(datagram)

      if (version != null) {
        asked.push(version)
      }

      return version == null || versions.includes(version)
    })
    paths.push(path)

    return multiaddr(`${ma}`.replace(`/udp/${port}/`, `/udp/${path.port}/`))
  }

  // less than the sockets of the path hold while this process is busy
  const DATA = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251)

  for (const { dialerVersion, speaks, uses } of [
    { dialerVersion: 'auto', speaks: [1, 2], uses: [1] },
    { dialerVersion: 'auto', speaks: [1], uses: [1] },
    { dialerVersion: 'auto', speaks: [2], uses: [1, 2] },
    { dialerVersion: 1, speaks: [1, 2], uses: [1] },
    { dialerVersion: 2, speaks: [1, 2], uses: [2] },
    { dialerVersion: 2, speaks: [2], uses: [2] }
  ] as const) {
    it(`${dialerVersion} asks with ${uses.join(' and then ')} where a listener speaks ${speaks.join(' and ')}`, async () => {
      const ma = await listenerThatSpeaks(...speaks)
      const dialer = await createNode({ transport: { dialerVersion } })
      const connection = await dialer.dial(ma)

      expect([...new Set(asked)]).to.deep.equal(uses)
      expect(Buffer.compare(await echo(connection, DATA), DATA)).to.equal(0)
    })
  }

  it('that a peer has answered to is the first one the next time', async () => {
    const ma = await listenerThatSpeaks(2)
    const dialer = await createNode()
    await (await dialer.dial(ma)).close()
    asked.length = 0
    await dialer.dial(ma, { force: true })

    expect(asked).to.not.include(1)
  })

  for (const [dialerVersion, speaks, tried] of [[1, 2, 'version 1'], [2, 1, 'version 2']] as const) {
    it(`${dialerVersion} fails where a listener speaks ${speaks} only, and says what was tried`, async () => {
      const ma = await listenerThatSpeaks(speaks)
      const dialer = await createNode({ transport: { dialerVersion, iceTimeout: 600 } })

      await expect(dialer.dial(ma)).to.eventually.be.rejectedWith(`(${tried})`)
        .with.property('phase', 'ice')
    })
  }

  it('auto tries both at an address where nobody answers, and takes no longer for it', async () => {
    const dead = await deadPort()
    const [ma] = (await createListener()).getMultiaddrs()
    const dialer = await createNode({ transport: { iceTimeout: 1_000 } })
    const start = performance.now()

    await expect(dialer.dial(multiaddr(`${ma}`.replace(/udp\/\d+/, `udp/${dead.port}`)))).to.eventually.be.rejected()
      .with.property('message').that.matches(/^ice: .*nobody answered.* \(versions 1 and 2\)$/)
    expect(performance.now() - start).to.be.below(2_000)
    dead.close()
  })

  it('is told by the ufrag of the listener: dialers of both share one port', async () => {
    const [ma] = (await createListener()).getMultiaddrs()

    await Promise.all(([1, 2, 1, 2, 'auto'] as const).map(async dialerVersion => {
      const dialer = await createNode({ transport: { dialerVersion } })
      const connection = await dialer.dial(ma)
      expect(Buffer.compare(await echo(connection, DATA), DATA)).to.equal(0)
    }))
  })
})
