/**
 * A stranger who sends STUN requests, in a process of its own.
 */
import { fileURLToPath } from 'node:url'
import { Child } from '../../chaos/ipc.ts'
import type { Version } from '../../src/wire/credentials.ts'

export interface FloodInit {
  /**
   * Requests a second, all together
   */
  rate: number

  /**
   * For how long, in ms
   */
  duration: number

  /**
   * From how many addresses; `dialers`: from that of the honest dialers
   */
  sources: number | 'dialers'

  version: Version

  /**
   * When each request is sent again, in ms after the first time
   *
   * @default - never
   */
  again?: number[]

  /**
   * Whether the connectivity check is answered, and nothing else
   *
   * @default false
   */
  answers?: boolean
}

/**
 * The credentials of a connection that is there
 */
export interface Credentials {
  username: string
  pwd: string
}

export interface FloodReport {
  sent: number

  /**
   * How many a second
   */
  rate: number

  /**
   * How many datagrams came back
   */
  received: number
}

export type FlooderRequest =
  /**
   * Makes the requests, and opens the sockets
   */
  { do: 'prepare', port: number, init: FloodInit } |
  { do: 'run' } |

  /**
   * Sends one request from each of so many addresses
   */
  { do: 'scatter', port: number, sources: number, credentials: Credentials }

export class Flooder {
  private readonly child = new Child<FlooderRequest>(fileURLToPath(new URL('./flooder-process.js', import.meta.url)))

  async prepare (port: number, init: FloodInit): Promise<void> {
    await this.child.ask({ do: 'prepare', port, init })
  }

  async run (): Promise<FloodReport> {
    return this.child.ask({ do: 'run' })
  }

  async scatter (port: number, sources: number, credentials: Credentials): Promise<FloodReport> {
    return this.child.ask({ do: 'scatter', port, sources, credentials })
  }

  async stop (): Promise<void> {
    await this.child.stop()
  }
}
