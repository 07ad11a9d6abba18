/**
 * A js-libp2p node that is driven over its standard input and output, see the
 * README. The transport is ours or that of js-libp2p.
 */
import { isIPv6 } from 'node:net'
import { Command, Option } from 'commander'
import { createCommands } from './commands.ts'
import { runCommand } from './control.ts'
import { IMPLEMENTATION_NAMES, loadImplementation } from './implementations.ts'
import { emit, serveCommands, stopSignal } from './lines.ts'
import { startNode } from './node.ts'
import type { Implementation } from './implementations.ts'
import type { DialerVersion } from '../../src/index.ts'

async function main (implementation: Implementation, listen: string[]): Promise<void> {
  const node = await startNode(implementation, listen, emit)
  const commands = createCommands(node, implementation, emit)
  const stop = stopSignal()

  emit('ready', {
    implementation: implementation.name,
    version: implementation.version,
    peer: `${node.peerId}`,
    addrs: node.getMultiaddrs().map(String),
    cannot: {}
  })

  await serveCommands(async command => runCommand(command, commands), stop)
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
    const implementation = await loadImplementation(program.opts().implementation)

    await main(implementation, [`/ip${isIPv6(host) ? 6 : 4}/${host}/udp/${port === '0' ? await implementation.anyPort() : port}/webrtc-direct`])
  })

program.command('dial')
  .addOption(new Option('--dialer-version <number>', 'the version of the protocol').choices(['1', '2']))
  .action(async ({ dialerVersion }) => {
    await main(await loadImplementation(program.opts().implementation, dialerVersion == null ? undefined : Number(dialerVersion) as DialerVersion), [])
  })

await program.parseAsync()
