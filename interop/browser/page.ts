/**
 * The node of a peer in a page. What drives the page calls the functions that
 * are left in `window`.
 */
import { createCommands } from '../js/commands.ts'
import { runCommand } from '../js/control.ts'
import { startNode } from '../js/node.ts'
import { loadImplementation } from './implementations.ts'
import { connectedVersion } from './watched-connections.ts'
import type { DialerVersion } from './implementations.ts'
import type { Command, Emit, Reply } from '../js/control.ts'

/**
 * How the node of a page is made
 */
export interface PageConfig {
  implementation: string
  dialerVersion: DialerVersion
}

declare global {
  interface Window {
    /**
     * Resolves with the id of the peer
     */
    startPeer (config: PageConfig): Promise<string>
    runCommand (command: Command): Promise<Reply>
    stopPeer (): Promise<void>

    /**
     * Is there before the page: takes events, as JSON
     */
    tell (event: string): void
  }
}

const emit: Emit = (event, fields) => {
  // which version has won is no matter of libp2p's
  const version = event === 'connected' ? { version: connectedVersion() } : {}

  window.tell(JSON.stringify({ event, ...fields, ...version }))
}

window.startPeer = async ({ implementation: name, dialerVersion }) => {
  const implementation = await loadImplementation(name, dialerVersion)
  const node = await startNode(implementation, [], emit)
  const commands = { ...createCommands(node, implementation, emit), ...implementation.commands?.(node) }

  window.runCommand = async command => runCommand(command, commands)
  window.stopPeer = async () => { await node.stop() }

  return `${node.peerId}`
}
