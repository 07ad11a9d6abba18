import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { parseEndpoint } from '../../src/wire/address.ts'
import { createListener, createNode, stopNodes } from '../support/loopback-nodes.ts'
import { bindingRequest } from '../support/stun.ts'
import type { Socket } from 'node:dgram'

/**
 * PRIORITY, ICE-CONTROLLING and FINGERPRINT, in bytes
 */
const FURTHER_ATTRIBUTES = 8 + 12 + 8

describe('addresses that have not answered', () => {
  const sockets: Socket[] = []

  afterEach(async () => {
    for (const socket of sockets.splice(0)) {
      socket.close()
    }

    await stopNodes()
  })

  function createSource (family: 4 | 6): Socket {
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6')
    sockets.push(socket)

    return socket
  }

  function request (serverUfrag: string, clientUfrag = serverUfrag): Buffer {
    return bindingRequest(`${serverUfrag}:${clientUfrag}`, serverUfrag)
  }

  /**
   * When the same request is sent, in ms: once, as dialers of libjuice, pion and
   * Chromium do, and when the listener has given up
   */
  const SCHEDULES = [[0], [0, 500, 1_500], [0, 100, 200, 300, 400], [0, 50, 150, 350, 750], [0, 1_400]]

  const REQUESTS = {
    'of version 1': () => request(`libp2p+webrtc+v1/${randomBytes(16).toString('hex')}`),
    'of version 1 that is short': () => request(`libp2p+webrtc+v1/${randomBytes(3).toString('hex').slice(1)}`),
    'of version 2': () => request(`libp2p+webrtc+v2/${randomBytes(16).toString('hex')}`, randomBytes(4).toString('hex')),
    'of version 2 that is short': () => request(`libp2p+webrtc+v2/${randomBytes(11).toString('hex')}`, 'abcd')
  }

  for (const [family, host] of [[4, '127.0.0.1'], [6, '::1']] as const) {
    it(`get no more than three times what they have sent over IPv${family}`, async function () {
      this.timeout(20_000)

      const node = await createNode({ listen: [`/ip${family}/${host}/udp/0/webrtc-direct`] })
      const { port } = parseEndpoint(node.getMultiaddrs()[0])

      await Promise.all(Object.entries(REQUESTS).flatMap(([name, make]) => SCHEDULES.map(async schedule => {
        const datagram = make()
        const socket = createSource(family)
        let received = 0

        socket.on('message', message => { received += message.byteLength })

        await Promise.all(schedule.map(async delay => {
          await setTimeout(delay)
          socket.send(datagram, port, host)
        }))

        // the stack would send the third check after 1.5 s, and the fourth after 3.5 s
        await setTimeout(4_000)

        // what the listener needs at the least: the username and the integrity
        const sent = schedule.length * (datagram.byteLength - FURTHER_ATTRIBUTES)
        expect(received, name).to.be.above(0)
        expect(received / sent, `${name}, sent after ${schedule.join(', ')} ms`).to.be.at.most(3)
      })))
    })
  }

  it('get a little more with a ufrag for which another address is checked', async () => {
    const node = await createListener()
    const { port } = parseEndpoint(node.getMultiaddrs()[0])
    const datagram = request(`libp2p+webrtc+v1/${'a'.repeat(5)}`)
    const [first, second] = [createSource(4), createSource(4)]
    let received = 0

    second.on('message', message => { received += message.byteLength })
    const checked = once(first, 'message')
    first.send(datagram, port, '127.0.0.1')
    await checked
    second.send(datagram, port, '127.0.0.1')
    await setTimeout(4_000)

    // the answer, and two checks: the stack answers without asking
    expect(received / (datagram.byteLength - FURTHER_ATTRIBUTES)).to.be.within(3, 3.7)
  })
})
