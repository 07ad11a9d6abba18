/**
 * The UDP sockets of listeners.
 *
 * - A socket can't be closed while a packet can arrive: libdatachannel 0.24.5
 *   frees a mux listener without taking it off the socket (it reads a flag that
 *   it never set), and the next STUN request of a stranger calls freed memory. So
 *   a socket that nobody listens on any more stays, ignores what arrives, and is
 *   used again for the same port, until the process ends (`lifetime.ts`).
 * - The stack finds a socket by its port alone, so there is one for a port.
 * - A listener that is garbage collected stops: `sockets` holds it.
 */
import { createSocket } from 'node:dgram'
import { ListenError } from '@libp2p/interface'
import nodeDataChannel from 'node-datachannel'
import { guard } from './guard.ts'
import { freeWhenIdle, register } from './lifetime.ts'
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

const sockets = new Map<number, Socket>()

register({
  isInUse: () => [...sockets.values()].some(({ handlers }) => handlers.size > 0),
  free () {
    for (const [port, { native }] of sockets) {
      sockets.delete(port)
      native.stop()
    }
  }
})

function isWildcard (host: string): boolean {
  return host === '0.0.0.0' || /^[0:]*$/.test(host)
}

/**
 * Opens a UDP socket, or joins one that serves all addresses
 *
 * @throws {ListenError} if the port is in use or can't be bound
 */
export async function openMux (endpoint: Endpoint, onRequest: RequestHandler, log: Logger): Promise<Mux> {
  for (let attempt = 1; ; attempt++) {
    const port = endpoint.port === 0 ? await freePort(endpoint) : endpoint.port

    try {
      return bindMux({ ...endpoint, port }, onRequest, log)
    } catch (err) {
      // somebody else may have taken the port in the meantime
      if (endpoint.port !== 0 || attempt === FREE_PORT_ATTEMPTS) {
        throw err
      }
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
    socket.close()
  }
}

function bindMux ({ host, port, family }: Endpoint, onRequest: RequestHandler, log: Logger): Mux {
  const boundHost = isWildcard(host) ? undefined : host
  const socket = sockets.get(port) ?? bindSocket(port, boundHost, log)

  if (socket.host !== boundHost || socket.handlers.has(family)) {
    throw new ListenError(`Could not listen on ${host} port ${port}: this process uses the port already, and has one socket for a port`)
  }

  socket.handlers.set(family, onRequest)

  return {
    port,
    host: boundHost,
    close () {
      if (socket.handlers.get(family) === onRequest) {
        socket.handlers.delete(family)
        freeWhenIdle()
      }
    }
  }
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

  isSilent = true

  const peer = new nodeDataChannel.PeerConnection('libp2p', { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true })
  const channel = peer.createDataChannel('')
  peer.onStateChange(() => {})
  channel.onClosed(() => {})
  peer.setLocalDescription('offer')
  channel.close()
  peer.close()
}

function bindSocket (port: number, host: string | undefined, log: Logger): Socket {
  silence()

  let native: IceUdpMuxListener

  try {
    native = new nodeDataChannel.IceUdpMuxListener(port, host)
  } catch (err: any) {
    throw new ListenError(`Could not listen on ${host ?? 'every address'} port ${port}: ${err.message}`)
  }

  const socket: Socket = { native, host, handlers: new Map() }
  sockets.set(port, socket)

  native.onUnhandledStunRequest(guard(log, request => {
    // a link-local address comes with its zone, which SDP does not know
    const host = request.host.split('%')[0]

    socket.handlers.get(host.includes(':') ? 6 : 4)?.({
      serverUfrag: request.localUfrag,
      clientUfrag: request.ufrag,
      host,
      port: request.port
    })
  }))

  return socket
}
