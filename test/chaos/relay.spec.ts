import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'aegir/chai'
import { startRelay } from '../../chaos/relay/relay.ts'
import type { Relay, RelayCounters, RelayInit } from '../../chaos/relay/relay.ts'
import type { RemoteInfo, Socket } from 'node:dgram'

describe('relay', () => {
  // few enough for the receive buffer of a socket
  const DATAGRAMS = 100
  const numbers = Array.from({ length: DATAGRAMS }, (_, i) => i)

  let host: string
  let listener: Socket
  let dialer: Socket
  let relay: Relay

  async function start (init: Omit<RelayInit, 'target'> = {}): Promise<void> {
    host = init.host ?? '127.0.0.1'
    const type = host.includes(':') ? 'udp6' : 'udp4'
    listener = createSocket(type)
    dialer = createSocket(type)
    listener.bind(0, host)
    await once(listener, 'listening')
    relay = await startRelay({ ...init, target: listener.address().port })
  }

  afterEach(async () => {
    listener.close()
    dialer.close()
    await relay.stop()
  })

  /**
   * Asks until it is so: each answer takes a turn of both processes
   */
  async function counted (isTrue: (counters: RelayCounters) => boolean): Promise<void> {
    while (!isTrue(await relay.counters())) {
      // not yet
    }
  }

  function echo (): void {
    listener.on('message', (datagram, { port, address }: RemoteInfo) => { listener.send(datagram, port, address) })
  }

  function send (text: string, from = dialer): void {
    from.send(text, relay.port, host)
  }

  async function arrival (socket: Socket): Promise<{ text: string, source: RemoteInfo }> {
    const [datagram, source] = await once(socket, 'message')

    return { text: `${datagram}`, source }
  }

  async function delivered (text: string): Promise<RemoteInfo> {
    const arrived = arrival(listener)
    send(text)
    const { text: received, source } = await arrived
    expect(received).to.equal(text)

    return source
  }

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

    for (const i of numbers) {
      const datagram = Buffer.alloc(100)
      datagram.writeUInt16BE(i)
      dialer.send(datagram, relay.port, host)
    }

    await all

    return arrived
  }

  it('carries datagrams both ways, late and in order', async () => {
    await start({ delay: 20 })
    await carriesBothWays()
  })

  it('carries them over IPv6 too', async () => {
    await start({ delay: 20, host: '::1' })
    await carriesBothWays()
  })

  async function carriesBothWays (): Promise<void> {
    echo()

    const startedAt = performance.now()
    const answer = arrival(dialer)
    send('ping')
    expect((await answer).text).to.equal('ping')
    expect(performance.now() - startedAt).to.be.at.least(39)

    listener.removeAllListeners('message')
    expect(await exchange(DATAGRAMS)).to.deep.equal(numbers)
  }

  it('limits the rate', async () => {
    await start({ rate: 200_000 })

    const startedAt = performance.now()
    expect(await exchange(DATAGRAMS)).to.deep.equal(numbers)
    expect(performance.now() - startedAt).to.be.at.least(DATAGRAMS * 100 / 200)
  })

  it('carries 20 MB in a second where that is its rate', async () => {
    const SIZE = 1_200
    const SECONDS = 0.5
    const COUNT = 20e6 * SECONDS / SIZE
    const AT_ONCE = 50

    await start({ rate: 20e6, queue: { ms: 50 } })

    const startedAt = performance.now()
    let sent = 0
    let received = 0

    // as many as fit into buffers are on their way, so that none is lost
    const refill = (): void => {
      while (sent < COUNT && sent - received < AT_ONCE) {
        sent++
        dialer.send(Buffer.alloc(SIZE), relay.port, host)
      }
    }

    await new Promise<void>(resolve => {
      listener.on('message', () => {
        if (++received >= COUNT) {
          resolve()
        }

        refill()
      })
      refill()
    })

    expect(performance.now() - startedAt).to.be.within(SECONDS * 1_000 - 10, SECONDS * 10_000)
    const { up } = await relay.counters()
    expect(up.dropped).to.deep.equal({ loss: 0, queue: 0, outage: 0 })
    expect(up.longestQueue.bytes).to.be.within(SIZE, AT_ONCE * SIZE)
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

  it('treats the two directions differently where that is asked for', async () => {
    await start({ delay: 30, down: { loss: 1 } })
    echo()

    const startedAt = performance.now()
    await delivered('ping')
    expect(performance.now() - startedAt).to.be.at.least(29)
    await counted(({ down }) => down.dropped.loss > 0)

    await relay.change({ delay: 30, up: { delay: 0 } })

    const changedAt = performance.now()
    const answer = arrival(dialer)
    send('ping')
    await answer
    expect(performance.now() - changedAt).to.be.within(29, 55)
  })

  it('has an outage when it is told so, in one direction or both', async () => {
    await start()
    echo()
    await delivered('before')

    await relay.outage(Infinity)
    send('lost')
    await counted(({ up }) => up.dropped.outage > 0)

    await relay.outage(0)
    await delivered('between')

    await relay.outage(Infinity, 'down')
    await delivered('one way')
    await counted(({ down }) => down.dropped.outage > 0)

    await relay.outage(20)
    const startedAt = performance.now()

    // whoever asks often enough gets an answer in the end
    const answer = arrival(dialer)
    const timer = setInterval(() => { send('again') }, 1)
    await answer
    clearInterval(timer)
    expect(performance.now() - startedAt).to.be.at.least(15)
  })

  it('gives each dialer a source of its own', async () => {
    const other = createSocket('udp4')

    try {
      await start()
      echo()

      const first = (await delivered('first')).port
      const answer = arrival(other)
      const arrived = arrival(listener)
      send('second', other)
      const second = (await arrived).source.port

      expect(second).to.not.equal(first)
      expect((await answer).text).to.equal('second')
      expect((await delivered('first again')).port).to.equal(first)
    } finally {
      other.close()
    }
  })

  it('changes the source port, and what is sent to the old one is lost', async () => {
    await start()

    const before = await delivered('before')
    await relay.rebind()
    const after = await delivered('after')
    expect(after.port).to.not.equal(before.port)

    const answer = arrival(dialer)
    listener.send('to the old port', before.port, before.address)
    listener.send('to the new port', after.port, after.address)
    expect((await answer).text).to.equal('to the new port')
  })

  it('counts what it carries', async () => {
    await start({ seed: 1 })
    echo()

    const answer = arrival(dialer)
    send('12345')
    await answer

    const { up, down, overruns } = await relay.counters()
    expect(up.sent).to.deep.equal({ datagrams: 1, bytes: 5 })
    expect(down.sent).to.deep.equal({ datagrams: 1, bytes: 5 })
    expect(overruns ?? 0).to.equal(0)
  })
})
