import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { plainHost } from '../../src/native/host.ts'
import { parseEndpoint } from '../../src/wire/address.ts'
import { createListener, createNode, stopNodes } from '../support/loopback-nodes.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Socket } from 'node:dgram'

async function bind (host: string): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, host)
  await once(socket, 'listening')

  return socket
}

describe('the address of a dialer', () => {
  const sockets: Socket[] = []

  afterEach(async () => {
    await stopNodes()
    sockets.splice(0).forEach(socket => { socket.close() })
  })

  /**
   * Between a dialer and a listener: somebody else sends a copy of the first packet
   * before it, from another address
   */
  async function openWiretap (target: number): Promise<{ port: number, source: number }> {
    const [front, back, spoof] = await Promise.all([bind('127.0.0.1'), bind('127.0.0.1'), bind('127.0.0.2')])
    sockets.push(front, back, spoof)
    let isCopied = false
    let dialer: { port: number, address: string } | undefined

    front.on('message', (datagram, from) => {
      dialer = from

      if (isCopied) {
        back.send(datagram, target, '127.0.0.1')
      } else {
        isCopied = true
        spoof.send(datagram, target, '127.0.0.1')
      }
    })
    back.on('message', datagram => { front.send(datagram, dialer?.port, dialer?.address) })

    return { port: front.address().port, source: back.address().port }
  }

  it('is not the source of the first packet, which anybody can send', async () => {
    const asked: string[] = []
    const listener = await createListener({
      connectionGater: {
        denyInboundConnection: ({ remoteAddr }) => {
          asked.push(remoteAddr.toString())
          return false
        }
      }
    })
    const dialer = await createNode()
    const [address] = listener.getMultiaddrs()
    const { port, source } = await openWiretap(parseEndpoint(address).port)
    const opened = Promise.withResolvers<Multiaddr>()
    listener.addEventListener('connection:open', ({ detail }) => { opened.resolve(detail.remoteAddr) })

    await dialer.dial(multiaddr(address.toString().replace(/\/udp\/\d+/, `/udp/${port}`)))

    const honest = `/ip4/127.0.0.1/udp/${source}/webrtc-direct/p2p/${dialer.peerId}`
    expect((await opened.promise).toString()).to.equal(honest)
    expect(asked[0]).to.match(/^\/ip4\/127\.0\.0\.2\//)
    expect(asked.at(-1)).to.equal(honest)
  })

  const hosts = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1%eth0', '192.0.2.1'],
    ['::1', '::1'],
    ['::ffff:0:1', '::ffff:0:1']
  ]

  for (const [given, plain] of hosts) {
    it(`is ${plain} where the system says ${given}`, () => {
      expect(plainHost(given)).to.equal(plain)
    })
  }
})
