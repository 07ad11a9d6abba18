/**
 * A bad network: a UDP relay in a process of its own, between a dialer and a
 * listener. The dialer dials the relay's port instead of the listener's.
 *
 * Both directions are treated alike. Chance comes from a seed, so that a run
 * that fails can be run again.
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Socket } from 'node:dgram'

export interface RelayInit {
  /**
   * The port of the listener, on 127.0.0.1
   */
  target: number

  /**
   * How long each datagram is under way, in ms
   */
  delay?: number

  /**
   * How many bytes pass in a second in each direction
   */
  rate?: number

  /**
   * How many bytes may wait because of `rate`; more are dropped
   */
  queue?: number

  /**
   * The probability that a datagram is lost, arrives twice, or arrives after
   * those that were sent up to 2 ms later
   */
  loss?: number
  duplicate?: number
  reorder?: number

  seed?: number
}

export interface Relay {
  readonly port: number
  stop (): Promise<void>
}

const REORDER_DELAY = 2

/**
 * mulberry32: small, seeded and even enough
 */
function randomFrom (seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t

    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * One direction: decides what happens to a datagram, and when
 */
export class Link {
  private readonly init: RelayInit
  private readonly random: () => number
  private readonly waiting: Array<{ due: number, deliver(): void }> = []
  private timer?: ReturnType<typeof setTimeout>

  // when the last datagram that was taken has passed the bottleneck
  private freeAt = 0

  constructor (init: RelayInit, random = randomFrom(init.seed ?? 1)) {
    this.init = init
    this.random = random
  }

  push (bytes: number, deliver: () => void): void {
    const { delay = 0, rate = Infinity, queue = Infinity, loss = 0, duplicate = 0, reorder = 0 } = this.init
    const now = performance.now()
    const start = Math.max(now, this.freeAt)

    if (this.random() < loss || (start - now) * rate / 1_000 > queue) {
      return
    }

    this.freeAt = start + bytes / rate * 1_000

    const copies = this.random() < duplicate ? 2 : 1

    for (let i = 0; i < copies; i++) {
      this.schedule(this.freeAt + delay + (this.random() < reorder ? REORDER_DELAY : 0), deliver)
    }
  }

  private schedule (due: number, deliver: () => void): void {
    let at = this.waiting.length

    while (at > 0 && this.waiting[at - 1].due > due) {
      at--
    }

    this.waiting.splice(at, 0, { due, deliver })
    this.timer ??= setTimeout(() => { this.deliverDue() }, Math.max(0, due - performance.now()))
  }

  private deliverDue (): void {
    const now = performance.now()
    const late = this.waiting.findIndex(({ due }) => due > now)

    for (const { deliver } of this.waiting.splice(0, late === -1 ? this.waiting.length : late)) {
      deliver()
    }

    this.timer = this.waiting.length === 0
      ? undefined
      : setTimeout(() => { this.deliverDue() }, Math.max(0, this.waiting[0].due - performance.now()))
  }
}

/**
 * Relays between the listener and everybody who sends to the port, each through
 * a socket of its own, so that the listener sees as many sources as there are
 */
function relay (init: RelayInit): void {
  const random = randomFrom(init.seed ?? 1)
  const up = new Link(init, random)
  const down = new Link(init, random)
  const upstreams = new Map<string, Socket>()
  const front = createSocket('udp4')

  front.on('message', (datagram, { address, port }) => {
    const key = `${address}:${port}`
    let upstream = upstreams.get(key)

    if (upstream == null) {
      upstream = createSocket('udp4')
      upstream.on('message', datagram => {
        down.push(datagram.byteLength, () => { front.send(datagram, port, address) })
      })
      upstreams.set(key, upstream)
    }

    const socket = upstream
    up.push(datagram.byteLength, () => { socket.send(datagram, init.target, '127.0.0.1') })
  })

  front.bind(0, '127.0.0.1', () => {
    process.send?.(front.address().port)
  })
}

/**
 * Starts a relay
 */
export async function startRelay (init: RelayInit): Promise<Relay> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(init)])
  const [port] = await once(child, 'message')

  return {
    port,
    async stop () {
      const exited = once(child, 'exit')
      child.kill()
      await exited
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('disconnect', () => { process.exit() })
  relay(JSON.parse(process.argv[2]))
}
