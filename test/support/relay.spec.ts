import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'aegir/chai'
import { startRelay } from './relay.ts'
import type { Relay, RelayInit } from './relay.ts'
import type { RemoteInfo, Socket } from 'node:dgram'

describe('relay', () => {
  // few enough for the receive buffer of a socket
  const DATAGRAMS = 100

  let listener: Socket
  let dialer: Socket
  let relay: Relay

  async function start (init: Omit<RelayInit, 'target'>): Promise<void> {
    listener = createSocket('udp4')
    dialer = createSocket('udp4')
    listener.bind(0, '127.0.0.1')
    await once(listener, 'listening')
    relay = await startRelay({ ...init, target: listener.address().port })
  }

  afterEach(async () => {
    listener.close()
    dialer.close()
    await relay.stop()
  })

  /**
   * Sends numbered datagrams, and resolves to those that arrive before `count`
   * have arrived
   */
  async function exchange (count: number): Promise<number[]> {
    const arrived: number[] = []

    const all = new Promise<void>(resolve => {
      listener.on('message', datagram => {
        if (arrived.push(datagram.readUInt16BE()) === count) {
          resolve()
        }
      })
    })

    for (let i = 0; i < DATAGRAMS; i++) {
      const datagram = Buffer.alloc(100)
      datagram.writeUInt16BE(i)
      dialer.send(datagram, relay.port, '127.0.0.1')
    }

    await all

    return arrived
  }

  const numbers = Array.from({ length: DATAGRAMS }, (_, i) => i)

  it('carries datagrams both ways, late and in order', async () => {
    await start({ delay: 20 })

    listener.on('message', (datagram, { port, address }: RemoteInfo) => { listener.send(datagram, port, address) })

    const startedAt = performance.now()
    dialer.send('ping', relay.port, '127.0.0.1')
    expect(`${(await once(dialer, 'message'))[0]}`).to.equal('ping')
    expect(performance.now() - startedAt).to.be.at.least(39)

    listener.removeAllListeners('message')
    expect(await exchange(DATAGRAMS)).to.deep.equal(numbers)
  })

  it('limits the rate', async () => {
    await start({ rate: 200_000 })

    const startedAt = performance.now()
    expect(await exchange(DATAGRAMS)).to.deep.equal(numbers)
    expect(performance.now() - startedAt).to.be.at.least(DATAGRAMS * 100 / 200)
  })

  it('drops, repeats and reorders as the seed decides', async () => {
    await start({ loss: 0.1, duplicate: 0.1, reorder: 0.1, seed: 7 })

    // 99 can be expected
    const arrived = await exchange(85)
    const distinct = new Set(arrived)

    expect(distinct.size).to.be.below(arrived.length)
    expect([...arrived].sort((a, b) => a - b)).to.not.deep.equal(arrived)
    expect(Math.max(...arrived) + 1).to.be.above(distinct.size)
  })
})
