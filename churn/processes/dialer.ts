/**
 * Nodes that dial one listener again and again, in a process of their own.
 */
import { fileURLToPath } from 'node:url'
import { Child } from '../../chaos/ipc.ts'
import { NODE_OPTIONS } from '../../flood/processes/listener.ts'
import type { Held } from '../../flood/processes/listener.ts'

export interface ChurnInit {
  address: string

  /**
   * How many connections are made and closed, and how many at a time
   */
  count: number
  parallel: number

  /**
   * How many bytes are sent, and come back: one after another of these
   *
   * @default [5]
   */
  sizes?: number[]
}

export interface ChurnReport {
  connections: number

  /**
   * How often each error came
   */
  failures: Record<string, number>
}

export type DialerRequest =
  /**
   * Starts so many nodes, the first ones with these private keys
   */
  { do: 'start', implementation: 'ours' | 'js-libp2p', nodes: number, keys: Uint8Array[] } |

  /**
   * Makes so many more connections, opens so many streams on each, and keeps them
   */
  { do: 'connect', address: string, count: number, streams: number } |

  /**
   * Makes a connection, uses it and closes it, again and again
   */
  { do: 'churn', init: ChurnInit } |

  /**
   * Answers with how many connections and streams there are
   */
  { do: 'open' } |
  { do: 'held' } |

  /**
   * Closes all connections
   */
  { do: 'close' } |

  /**
   * Stops the nodes, after which nothing keeps the process alive
   */
  { do: 'end' }

export interface Open {
  connections: number
  streams: number
}

export class Dialer {
  private readonly child = new Child<DialerRequest>(fileURLToPath(new URL('./dialer-process.js', import.meta.url)), [], NODE_OPTIONS)

  get pid (): number {
    return this.child.pid
  }

  /**
   * @param nodes - how many
   * @param implementation - of the transport
   * @param keys - the private keys of the nodes; where there is none, a new one
   */
  async start (nodes: number, implementation: 'ours' | 'js-libp2p' = 'ours', keys: Uint8Array[] = []): Promise<void> {
    await this.child.ask({ do: 'start', implementation, nodes, keys })
  }

  async connect (address: string, count: number, streams: number): Promise<void> {
    await this.child.ask({ do: 'connect', address, count, streams })
  }

  async churn (init: ChurnInit): Promise<ChurnReport> {
    return this.child.ask({ do: 'churn', init })
  }

  async open (): Promise<Open> {
    return this.child.ask({ do: 'open' })
  }

  async held (): Promise<Held> {
    return this.child.ask({ do: 'held' })
  }

  async close (): Promise<void> {
    await this.child.ask({ do: 'close' })
  }

  /**
   * Stops the nodes. Resolves to how the process has ended, or to nothing if it has
   * not within so many ms.
   */
  async end (timeout: number): Promise<string | undefined> {
    await this.child.ask({ do: 'end' })

    return this.child.ended(timeout)
  }

  /**
   * Ends the process without a farewell (SIGKILL)
   */
  async stop (): Promise<void> {
    await this.child.stop()
  }
}
