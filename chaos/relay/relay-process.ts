/**
 * The sockets of a relay, see `relay.ts`, which starts this process and tells
 * it what to do.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { serve } from '../ipc.ts'
import { Deliveries } from './deliveries.ts'
import { Link } from './link.ts'
import { overruns } from './overruns.ts'
import { randomFrom } from './random.ts'
import type { LinkInit } from './link.ts'
import type { Direction, RelayCounters, RelayInit } from './relay.ts'
import type { Socket } from 'node:dgram'

/**
 * As much as the system allows, in bytes: what does not fit into it is lost
 * before the relay sees it
 */
const SOCKET_BUFFER = 8 * 1024 * 1024

export type Request =
  { do: 'start', init: RelayInit } |
  { do: 'change', up: LinkInit, down: LinkInit } |
  { do: 'outage', direction: Direction, duration: number } |
  { do: 'rebind' } |
  { do: 'counters' }

/**
 * Somebody who sends to the relay. The listener sees the address of the socket.
 */
interface Source {
  reply (datagram: Buffer): void
  socket: Socket
}

class RelayProcess {
  private readonly host: string
  private readonly target: number
  private readonly front: Socket
  private readonly deliveries = new Deliveries()
  private readonly sources = new Map<string, Source>()
  private readonly links: Record<'up' | 'down', Link>
  private readonly ports: number[] = []

  constructor ({ target, host = '127.0.0.1', seed = 1, up, down, ...both }: RelayInit) {
    this.host = host
    this.target = target
    this.links = {
      up: new Link({ ...both, ...up }, randomFrom(seed)),
      down: new Link({ ...both, ...down }, randomFrom(~seed))
    }
    this.front = this.createSocket()
    this.front.on('message', (datagram, { address, port }) => { this.onDatagram(datagram, address, port) })
  }

  async start (): Promise<number> {
    const listening = once(this.front, 'listening')
    this.front.bind(0, this.host)
    await listening

    const { port } = this.front.address()
    this.ports.push(port)

    return port
  }

  change (up: LinkInit, down: LinkInit): void {
    this.links.up.change(up)
    this.links.down.change(down)
  }

  outage (direction: Direction, duration: number): void {
    for (const name of ['up', 'down'] as const) {
      if (direction === 'both' || direction === name) {
        this.links[name].interrupt(performance.now(), duration)
      }
    }
  }

  /**
   * The old sockets stay open, as nobody tells the listener that they are not
   * used any more
   */
  rebind (): void {
    for (const source of this.sources.values()) {
      source.socket.removeAllListeners('message')
      source.socket = this.createUpstream(source)
    }
  }

  counters (): RelayCounters {
    return {
      up: this.links.up.counters,
      down: this.links.down.counters,
      overruns: overruns(this.ports)
    }
  }

  private onDatagram (datagram: Buffer, address: string, port: number): void {
    const source = this.source(address, port)

    this.pass(this.links.up, datagram, () => { source.socket.send(datagram, this.target, this.host) })
  }

  private source (address: string, port: number): Source {
    const key = `${address} ${port}`
    let source = this.sources.get(key)

    if (source == null) {
      const reply = (datagram: Buffer): void => {
        this.pass(this.links.down, datagram, () => { this.front.send(datagram, port, address) })
      }

      source = { reply, socket: this.createUpstream({ reply }) }
      this.sources.set(key, source)
    }

    return source
  }

  private createUpstream ({ reply }: Pick<Source, 'reply'>): Socket {
    const socket = this.createSocket()
    socket.on('message', reply)
    socket.once('listening', () => { this.ports.push(socket.address().port) })

    return socket
  }

  private createSocket (): Socket {
    const type = isIPv6(this.host) ? 'udp6' : 'udp4'
    const socket = createSocket({
      type,
      recvBufferSize: SOCKET_BUFFER,
      sendBufferSize: SOCKET_BUFFER,

      // every address is one already
      lookup (address, options, callback) {
        callback(null, address, type === 'udp6' ? 6 : 4)
      }
    })

    // a datagram that can't be sent is lost, as it is in a network
    socket.on('error', () => {})

    return socket
  }

  private pass (link: Link, datagram: Buffer, deliver: () => void): void {
    for (const due of link.send(performance.now(), datagram.byteLength)) {
      this.deliveries.add(due, deliver)
    }
  }
}

let relay: RelayProcess

async function handle (request: Request): Promise<unknown> {
  switch (request.do) {
    case 'start':
      relay = new RelayProcess(request.init)
      return relay.start()
    case 'change':
      return relay.change(request.up, request.down)
    case 'outage':
      return relay.outage(request.direction, request.duration)
    case 'rebind':
      return relay.rebind()
    case 'counters':
      return relay.counters()
    default:
      request satisfies never
  }
}

serve(handle)
