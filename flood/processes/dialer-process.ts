/**
 * The process of `dialer.ts`.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe } from '../../chaos/failure.ts'
import { serve, tell } from '../../chaos/ipc.ts'
import { boundTransport } from '../bound-transport.ts'
import type { DialerEvent, DialerRequest, DialersInit } from './dialer.ts'
import type { Credentials } from './flooder.ts'
import type { Dial } from '../outcome.ts'
import type { Libp2p } from '@libp2p/interface'

/**
 * How long a dial may take, in ms: what libp2p allows
 */
const DIAL_TIMEOUT = 10_000

const nodes: Libp2p[] = []
const credentials = new Map<number, Credentials>()

async function prepare ({ hosts, version }: DialersInit): Promise<void> {
  for (const [i, bindAddress] of hosts.entries()) {
    nodes.push(await createLibp2p({
      transports: [boundTransport({
        bindAddress,
        version,
        onCredentials: ({ client, server }) => {
          credentials.set(i, { username: `${server.ufrag}:${client.ufrag}`, pwd: server.pwd })
        }
      })],
      connectionGater: { denyDialMultiaddr: () => false },
      connectionManager: { reconnectRetries: 0 },
      connectionMonitor: { enabled: false }
    }))
  }
}

async function dial (i: number, address: string, keep: boolean): Promise<Dial> {
  const node = nodes[i]
  const start = performance.now()
  let error: string | undefined

  try {
    const connection = await node.dial(multiaddr(address), { signal: AbortSignal.timeout(DIAL_TIMEOUT) })

    if (keep) {
      connection.addEventListener('close', () => {
        const event: DialerEvent = { event: 'closed', node: i }
        tell(event)
      })
    }
  } catch (err) {
    error = describe(err)
  }

  const ms = performance.now() - start

  if (!keep) {
    void node.stop()
  }

  return { ms, error }
}

serve<DialerRequest>(async request => {
  switch (request.do) {
    case 'prepare':
      return prepare(request.init)
    case 'dial':
      return dial(request.node, request.address, request.keep)
    case 'credentials':
      return credentials.get(request.node)
    default:
      request satisfies never
  }
})
