/**
 * A js-libp2p node that is driven over its standard input and output, see the
 * README. The transport is ours or that of js-libp2p.
 */
import { isIPv6 } from 'node:net'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { Command, Option } from 'commander'
import { createLibp2p } from 'libp2p'
import { createCommands } from './commands.ts'
import { emit, serveCommands } from './control.ts'
import { IMPLEMENTATION_NAMES, loadImplementation } from './implementations.ts'
import { MAX_STREAMS } from './protocols.ts'
import { serveProtocols } from './responders.ts'
import type { Implementation } from './implementations.ts'
import type { DialerVersion } from '../../src/index.ts'
import type { Libp2p } from '@libp2p/interface'

/**
 * A node that opens no streams by itself but identify, and closes nothing
 */
async function startNode ({ transport }: Implementation, listen: string[]): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [transport],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: {
      inboundConnectionThreshold: Infinity,
      maxIncomingPendingConnections: Infinity,
      maxConnections: Infinity,
      reconnectRetries: 0
    },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify({ runOnConnectionOpen: true, maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS }),
      ping: ping({ maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS })
    },
    start: false
  })

  node.addEventListener('connection:open', ({ detail }) => {
    emit('connected', { peer: `${detail.remotePeer}`, address: `${detail.remoteAddr}`, direction: detail.direction })
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    emit('disconnected', { peer: `${detail}` })
  })
  node.addEventListener('peer:identify', ({ detail }) => {
    emit('identified', { peer: `${detail.peerId}`, agent: detail.agentVersion, protocols: detail.protocols })
  })

  await serveProtocols(node, emit)
  await node.start()

  return node
}

async function main (name: string, listen: string[], dialerVersion?: DialerVersion): Promise<void> {
  const implementation = await loadImplementation(name, dialerVersion)
  const node = await startNode(implementation, listen)

  const stop = new AbortController()

  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => { stop.abort() })
  }

  emit('ready', {
    implementation: implementation.name,
    version: implementation.version,
    peer: `${node.peerId}`,
    addrs: node.getMultiaddrs().map(String),
    cannot: {}
  })

  await serveCommands(createCommands(node, implementation, emit), stop.signal)
  await node.stop()

  if (implementation.keepsProcessAlive) {
    process.exit()
  }
}

const program = new Command('peer')
  .addOption(new Option('--implementation <name>', 'the transport').choices(IMPLEMENTATION_NAMES).makeOptionMandatory())

program.command('listen')
  .option('--host <ip>', 'the interface to listen on', '127.0.0.1')
  .option('--port <number>', 'the UDP port, 0 for any', '0')
  .action(async ({ host, port }) => {
    await main(program.opts().implementation, [`/ip${isIPv6(host) ? 6 : 4}/${host}/udp/${port}/webrtc-direct`])
  })

program.command('dial')
  .addOption(new Option('--dialer-version <number>', 'the version of the protocol').choices(['1', '2']))
  .action(async ({ dialerVersion }) => {
    await main(program.opts().implementation, [], dialerVersion == null ? undefined : Number(dialerVersion) as DialerVersion)
  })

await program.parseAsync()
