/**
 * Nodes that dial, in a process of their own. Each dials once.
 */
import { fileURLToPath } from 'node:url'
import { Child } from '../../chaos/ipc.ts'
import type { Credentials } from './flooder.ts'
import type { DialerVersion } from '../../src/wire/credentials.ts'
import type { Dial } from '../outcome.ts'

export interface DialersInit {
  /**
   * The addresses that they dial from, one for each node
   */
  hosts: string[]
  version: DialerVersion
}

export type DialerRequest =
  { do: 'prepare', init: DialersInit } |

  /**
   * The node with that number dials; `keep`: and stays connected
   */
  { do: 'dial', node: number, address: string, keep: boolean } |

  /**
   * Answers with the credentials of the connection of a node
   */
  { do: 'credentials', node: number }

/**
 * A connection that was kept has ended
 */
export interface DialerEvent {
  event: 'closed'
  node: number
}

export class Dialers {
  private readonly child = new Child<DialerRequest, DialerEvent>(fileURLToPath(new URL('./dialer-process.js', import.meta.url)))

  async prepare (init: DialersInit): Promise<void> {
    await this.child.ask({ do: 'prepare', init })
  }

  async dial (node: number, address: string, keep = false): Promise<Dial> {
    return this.child.ask({ do: 'dial', node, address, keep })
  }

  async credentials (node: number): Promise<Credentials> {
    return this.child.ask({ do: 'credentials', node })
  }

  /**
   * When connections that were kept have ended, see `performance.now()`
   */
  get closed (): number[] {
    return this.child.events.map(({ at }) => at)
  }

  async stop (): Promise<void> {
    await this.child.stop()
  }
}
