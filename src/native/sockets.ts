/**
 * The UDP sockets of listeners.
 *
 * - A socket can't be closed while a packet can arrive: libdatachannel 0.24.5
 *   frees a mux listener without taking it off the socket (it reads a flag that
 *   it never set), and the next STUN request of a stranger calls freed memory. So
 *   a socket that nobody listens on any more stays, ignores what arrives, and is
 *   used again for the same address, until the process ends (`lifetime.ts`).
 * - The stack finds a socket by its port alone (libjuice 1.7.2,
 *   `conn_mux_get_registry`), so there is one for a port: not one for 127.0.0.1 and
 *   one for ::1.
 * - A listener that is garbage collected stops: `sockets` holds it.
 */
import { createSocket } from 'node:dgram'
import { ListenError } from '@libp2p/interface'
import { guard } from '../guard.ts'
import { checkDescriptors } from './descriptors.ts'
import { plainHost } from './host.ts'
import { freeWhenIdle, register } from './lifetime.ts'
import { loadStack, stack } from './stack.ts'
import type { Mux, StunRequest } from '../ports.ts'
import type { Endpoint } from '../wire/address.ts'
import type { Logger } from '@libp2p/interface'
import type { IceUdpMuxListener } from 'node-datachannel'

/**
 * How often to look for another free port when the last one was taken
 */
const FREE_PORT_ATTEMPTS = 10

type RequestHandler = (request: StunRequest) => void

/**
 * A socket for all addresses serves IPv4 and IPv6, and two listeners, one for
 * each, may share it.
 */
interface Socket {
  readonly native: IceUdpMuxListener

  /**
   * The address it is bound to, `undefined` for every address
   */
  readonly host?: string

  /**
   * Who listens; nobody where the listener was closed
   */
  readonly handlers: Map<4 | 6, RequestHandler>
}

/**
 * By port
 */
const sockets = new Map<number, Socket>()

register({
  isInUse: () => [...sockets.values()].some(({ handlers }) => handlers.size > 0),
  free () {
    for (const [port, { native }] of sockets) {
      sockets.delete(port)

      try {
        native.stop()
      } catch {
        // it is stopped
      }
    }
  }
})

/**
 * Opens a UDP socket, joins one that serves all addresses, or takes one that
 * nobody listens on any more
 *
 * @throws {ListenError} if the port is in use or can't be bound
 * @throws {NativeStackError} if the stack can't be used in this thread, or at all
 */
export async function openMux (endpoint: Endpoint, onRequest: RequestHandler, log: Logger): Promise<Mux> {
  await loadStack()

  if (endpoint.port !== 0) {
    return join(endpoint, endpoint.port, onRequest, log)
  }

  for (let attempt = 1; ; attempt++) {
    const port = abandonedPort(endpoint) ?? await freePort(endpoint)

    try {
      return join(endpoint, port, onRequest, log)
    } catch (err) {
      // somebody else may have taken the port in the meantime
      if (attempt === FREE_PORT_ATTEMPTS) {
        throw err
      }
    }
  }
}

/**
 * The port of a socket that nobody listens on any more. The one that has rested
 * for the longest comes first: there are dialers that still ask.
 */
function abandonedPort ({ host }: Endpoint): number | undefined {
  for (const [port, socket] of sockets) {
    if (socket.handlers.size === 0 && socket.host === boundHost(host)) {
      return port
    }
  }
}

/**
 * The stack binds a free port when it is given 0, but does not tell which one
 */
async function freePort ({ host, family }: Endpoint): Promise<number> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')

  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(0, host, resolve)
    })

    return socket.address().port
  } catch (err: any) {
    throw new ListenError(`Could not listen on ${host}: ${err.message}`)
  } finally {
    // Deno frees the port later
    await new Promise<void>(resolve => { socket.close(resolve) })
  }
}

function join ({ host, family }: Endpoint, port: number, onRequest: RequestHandler, log: Logger): Mux {
  const bound = boundHost(host)
  const socket = sockets.get(port) ?? bind(port, bound, log)

  if (socket.host !== bound || socket.handlers.has(family)) {
    throw new ListenError(`Could not listen on ${host} port ${port}: ${obstacle(socket, bound)}`)
  }

  socket.handlers.set(family, onRequest)

  return {
    port,
    host: bound,
    close () {
      if (socket.handlers.get(family) === onRequest) {
        socket.handlers.delete(family)

        // to the end of the line
        sockets.delete(port)
        sockets.set(port, socket)
        freeWhenIdle()
      }
    }
  }
}

function obstacle (socket: Socket, bound?: string): string {
  if (socket.host === bound) {
    return 'this process listens there already'
  }

  const where = describe(socket.host)

  return socket.handlers.size > 0
    ? `this process listens on ${where} with the same port, and the native stack has one socket for a port: use another port, or one address for both`
    : `the native stack has one socket for a port, and the one of this process stays bound to ${where} until the process ends: use another port`
}

function describe (host = 'all addresses'): string {
  return host
}

function boundHost (host: string): string | undefined {
  return host === '0.0.0.0' || /^[0:]*$/.test(host) ? undefined : host
}

let isSilent = false

/**
 * Until the first connection gives it a log handler, libjuice writes to standard
 * output, and what it writes there has bytes of strangers in it: the username
 * of their STUN requests
 */
function silence (): void {
  if (isSilent) {
    return
  }

  const peer = new (stack().PeerConnection)('libp2p', { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true })
  const channel = peer.createDataChannel('')
  peer.onStateChange(() => {})
  channel.onClosed(() => {})
  peer.setLocalDescription('offer')
  channel.close()
  peer.close()
  isSilent = true
}

function bind (port: number, host: string | undefined, log: Logger): Socket {
  let native: IceUdpMuxListener

  try {
    checkDescriptors()
    silence()
    native = new (stack().IceUdpMuxListener)(port, host)
  } catch (err: any) {
    throw new ListenError(`Could not listen on ${describe(host)} port ${port}: ${err.message}`)
  }

  const socket: Socket = { native, host, handlers: new Map() }
  sockets.set(port, socket)

  native.onUnhandledStunRequest(guard(log, request => {
    const host = plainHost(request.host)

    socket.handlers.get(host.includes(':') ? 6 : 4)?.({
      serverUfrag: request.localUfrag,
      clientUfrag: request.ufrag,
      host,
      port: request.port
    })
  }))

  return socket
}
