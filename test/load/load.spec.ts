import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { startRelay } from '../../chaos/relay/relay.ts'
import { exchange, readAll } from '../support/exchange.ts'
import { ECHO, IGNORE, MAX_STREAMS, memory, PeerProcess, SINK, startNode, threads } from '../support/peer-process.ts'
import { bindingRequest } from '../support/stun.ts'
import type { Relay } from '../../chaos/relay/relay.ts'
import type { WebRTCDirectInit } from '../../src/index.ts'
import type { Ending, Endings } from '../support/interrupted-dialer.ts'
import type { Memory } from '../support/peer-process.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { Socket } from 'node:dgram'

const KiB = 1024
const MiB = 1024 * KiB

const OUTBOUND = { maxOutboundStreams: MAX_STREAMS }

describe('load', () => {
  let peer: PeerProcess
  let node: Libp2p

  async function start (init: WebRTCDirectInit = {}, peerInit: WebRTCDirectInit = {}): Promise<void> {
    peer = await PeerProcess.start(peerInit)
    node = await startNode(init)
  }

  afterEach(async () => {
    await node.stop()

    // the listener's process has nothing left that keeps it alive
    expect(await peer.stop()).to.equal(0)
  })

  describe('back-pressure', () => {
    const TOTAL = 1024 * MiB
    const CHUNK = 64 * KiB

    // what is under way while a gibibyte passes: the buffers of SCTP have 1 MiB
    // at each end, the queue of the channel 16 KiB, the write buffer a chunk.
    // The rest is room for the allocators.
    const ALLOWANCE = 32 * MiB

    let relay: Relay | undefined

    afterEach(async () => {
      await relay?.stop()
      relay = undefined
    })

    it('holds a writer to the speed of the network, in bounded memory', async function () {
      this.timeout(240_000)

      await start()
      relay = await startRelay({ target: peer.port, rate: 20_000_000, delay: 5, queue: { bytes: MiB } })

      const connection = await node.dial(peer.addressVia(relay.port))
      const stream = await connection.newStream(SINK)
      const chunk = randomBytes(CHUNK)
      const answer = readAll(stream)
      let before: Awaited<ReturnType<typeof measure>> | undefined

      async function measure (): Promise<number[]> {
        const [here, there] = [memory(), await peer.memory()]

        return [here.rss, here.arrayBuffers, there.rss, there.arrayBuffers]
      }

      for (let sent = CHUNK; sent <= TOTAL; sent += CHUNK) {
        if (!stream.send(chunk)) {
          await stream.onDrain()
          expect(stream.writeBufferLength).to.be.at.most(CHUNK)
        }

        if (sent % (64 * MiB) === 0) {
          const now = await measure()
          before ??= now

          for (const [i, bytes] of now.entries()) {
            expect(bytes - before[i]).to.be.below(ALLOWANCE)
          }
        }
      }

      await stream.close()
      expect(new TextDecoder().decode(await answer)).to.equal(`${TOTAL}`)
    })

    it('resets a stream that nobody reads, and no other', async () => {
      await start()

      const connection = await node.dial(peer.address)
      const unread = await connection.newStream(IGNORE)
      const other = await connection.newStream(ECHO)
      const closed = peer.ignoredStreamClosed()
      const bounced = other[Symbol.asyncIterator]()
      const chunk = randomBytes(CHUNK)
      let written = 0

      async function write (): Promise<void> {
        while (true) {
          written += CHUNK

          if (!unread.send(chunk)) {
            await unread.onDrain()
          }
        }
      }

      const failed = new AbortController()
      void write().catch(err => { failed.abort(err) })

      while (!failed.signal.aborted) {
        other.send(Uint8Array.of(1))
        expect((await bounced.next()).value?.byteLength).to.equal(1)
      }

      expect(failed.signal.reason).to.have.property('name', 'StreamResetError')
      expect(await closed).to.equal('StreamBufferError')
      expect(written).to.be.above(4 * MiB).and.below(4 * MiB + 4 * MiB)
      await expect(unread.close()).to.eventually.be.rejected.with.property('name', 'StreamResetError')

      other.send(Uint8Array.of(1))
      expect((await bounced.next()).value?.byteLength).to.equal(1)
      await other.close()
      expect((await bounced.next()).done).to.be.true()
    })
  })

  describe('many streams', () => {
    it('loses none of 100,000, and remembers none', async function () {
      this.timeout(300_000)

      const STREAMS = 100_000
      const WARM = 20_000
      const IN_FLIGHT = 32

      // the stacks of both ends, warm, vary by a few MiB. What this process holds
      // as a whole varies by more: other tests have left it gaps to fill.
      const ALLOWANCE = 32 * MiB
      const HEAP_ALLOWANCE = 8 * MiB

      await start()

      const connection = await node.dial(peer.address)
      const data = randomBytes(100)

      async function run (count: number): Promise<{ here: Memory, there: Memory }> {
        let left = count

        await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
          while (left-- > 0) {
            const stream = await connection.newStream(ECHO, OUTBOUND)
            expect(await exchange(stream, data)).to.equalBytes(data)
          }
        }))

        return { here: memory(), there: await peer.memory() }
      }

      const warm = await run(WARM)
      const end = await run(STREAMS - WARM)

      expect(end.here.heap - warm.here.heap).to.be.below(HEAP_ALLOWANCE)
      expect(end.there.heap - warm.there.heap).to.be.below(HEAP_ALLOWANCE)
      expect(end.there.rss - warm.there.rss).to.be.below(ALLOWANCE)
    })

    it('opens as many as there are data channels, the next when one is free', async () => {
      const CAPACITY = 510

      await start({ streamOpenTimeout: 3_000 })

      const connection = await node.dial(peer.address)
      const streams = await openAll(connection, CAPACITY)
      const data = randomBytes(100)

      await expect(connection.newStream(ECHO, OUTBOUND)).to.eventually.be.rejected
        .with.property('name', 'ChannelLimitError')
      await expect(connection.newStream(ECHO, { ...OUTBOUND, signal: AbortSignal.timeout(10) })).to.eventually.be.rejected
        .with.property('name', 'TimeoutError')

      const next = connection.newStream(ECHO, OUTBOUND)
      const first = streams.shift()
      expect(first).to.be.ok()
      await exchange(first as Stream, data)
      streams.push(await next)

      for (const echoed of await Promise.all(streams.map(async stream => exchange(stream, data)))) {
        expect(echoed).to.equalBytes(data)
      }
    })

    async function openAll (connection: Connection, count: number): Promise<Stream[]> {
      return Promise.all(Array.from({ length: count }, async () => connection.newStream(ECHO, OUTBOUND)))
    }
  })

  describe('strangers', () => {
    const SLOTS = 8
    const SETUP_TIMEOUT = 2_000

    const sources: Socket[] = []
    let answered: number
    let onAnswer: () => void

    beforeEach(() => {
      answered = 0
      onAnswer = () => {}
    })

    afterEach(() => {
      for (const socket of sources.splice(0)) {
        socket.close()
      }
    })

    /**
     * A source port that has sent nothing yet. Who gets anything back is being
     * set up: the listener checks the connection from its side.
     */
    function stranger (): Socket {
      const socket = createSocket('udp4')
      sources.push(socket)

      socket.once('message', () => {
        answered++
        onAnswer()
      })

      return socket
    }

    async function send (socket: Socket, datagram: Uint8Array): Promise<void> {
      await new Promise<void>((resolve, reject) => {
        socket.send(datagram, peer.port, '127.0.0.1', err => {
          if (err == null) {
            resolve()
          } else {
            reject(err)
          }
        })
      })
    }

    async function untilAnswered (count: number): Promise<void> {
      await new Promise<void>(resolve => {
        onAnswer = () => {
          if (answered >= count) {
            resolve()
          }
        }
        onAnswer()
      })
    }

    function request (serverUfrag: string, clientUfrag = serverUfrag): Buffer {
      return bindingRequest(`${serverUfrag}:${clientUfrag}`, serverUfrag)
    }

    function madeUpUfrag (): string {
      return `libp2p+webrtc+v1/${randomBytes(16).toString('hex')}`
    }

    it('get what was set aside for them, and dialers get through', async function () {
      this.timeout(60_000)

      const STRANGERS = 1_000

      await start({}, { maxPendingConnections: SLOTS, setupTimeout: SETUP_TIMEOUT })

      async function flood (): Promise<void> {
        for (let i = 0; i < STRANGERS; i++) {
          await send(stranger(), request(madeUpUfrag()))
        }
      }

      // the stack starts its threads with the first
      await send(stranger(), request(madeUpUfrag()))
      await untilAnswered(1)

      const before = await peer.memory()
      const threadsBefore = threads(peer.pid)

      await flood()
      await untilAnswered(SLOTS)

      // there is no room when it starts
      const connection = await node.dial(peer.address)
      expect(answered).to.equal(SLOTS)

      // every slot is free again
      await flood()
      await untilAnswered(2 * SLOTS)
      expect(threads(peer.pid)).to.equal(threadsBefore)
      expect((await peer.memory()).rss - before.rss).to.be.below(16 * MiB)

      await connection.close()
      await node.dial(peer.address)
      expect(answered).to.equal(2 * SLOTS)
    })

    it('get nothing for credentials that are not to be used, nor for garbage', async () => {
      await start({}, { maxPendingConnections: 1 })

      const v1 = 'libp2p+webrtc+v1/'
      const secret = randomBytes(16).toString('hex')
      const good = request(`${v1}${secret}`)
      const garbage = fc.sample(fc.uint8Array({ maxLength: 1_500 }), { numRuns: 500, seed: 1 })

      const hostile: Uint8Array[] = [
        // the halves of the username
        request(''),
        request('abc'),
        request(v1),
        request(`${v1}abcd`),
        request(`${v1}${'a'.repeat(240)}`),
        request(`${v1}${'a'.repeat(300)}`),
        request(`${v1}${secret}`, `${v1}${secret}0`),
        request(`${v1}${secret}`, ''),
        bindingRequest(`${v1}${secret}`, secret),
        bindingRequest(`${v1}${secret}:`.repeat(3), secret),

        // the prefix
        request(secret),
        request(`libp2p+webrtc+v2/${secret}`),
        request(`libp2p+webrtc+v9/${secret}`),
        request(`LIBP2P+WEBRTC+V1/${secret}`),
        request(`${'\0'.repeat(v1.length)}${secret}`),

        // the characters
        request('\0'.repeat(32)),
        request(`${v1}\0${secret}`),
        request(`${v1}${secret}\0`),
        request(`${v1}${secret}\r\na=x`),
        request(`${v1}${secret}-`),
        request(`${v1}${secret}ä`),
        request(`${v1}${secret} %n%s`),

        // the message
        ...Array.from(good.keys(), length => good.subarray(0, length)),
        ...garbage
      ]

      for (const datagram of hostile) {
        await send(stranger(), datagram)
      }

      // datagrams come in order: had one of those before been let in, there
      // would be no room for this
      await send(stranger(), good)
      await untilAnswered(1)
      expect(answered).to.equal(1)

      // nor do strangers write to our terminal
      expect(peer.output).to.equal('')
    })
  })
})

describe('a remote that is killed', () => {
  // 200 ms, doubled for each of five retransmissions of SCTP: 12.6 s
  const BUSY = 20_000

  // consent to send expires after 30 s without an answer (RFC 7675)
  const IDLE = 40_000

  it('resets its streams, and nothing waits for it or is left behind', async function () {
    this.timeout(IDLE + 20_000)

    const busy = await PeerProcess.start()
    const idle = await PeerProcess.start()
    const program = fileURLToPath(new URL('../support/interrupted-dialer.js', import.meta.url))
    const dialer = fork(program, [`${busy.address}`, `${idle.address}`])
    const exited = once(dialer, 'exit')
    await once(dialer, 'message')

    const killedAt = Date.now()
    await Promise.all([busy.kill(), idle.kill()])
    dialer.send('killed')

    const [endings]: [Endings] = await once(dialer, 'message') as any
    const within = ({ error, at }: Ending, time: number): void => {
      expect(error).to.equal('StreamResetError')
      expect(at - killedAt).to.be.below(time)
    }

    within(endings.writer, BUSY)
    within(endings.reader, BUSY)
    within(endings.closing, BUSY)
    within(endings.idle, IDLE)

    const [code] = await exited
    expect(code).to.equal(0)
  })
})
