/**
 * One end of a connection, in a process of its own.
 */
import { fileURLToPath } from 'node:url'
import { Child } from '../ipc.ts'
import type { ExchangesReport, ExchangesRequest } from './exchanges.ts'
import type { NodeInit } from './node.ts'
import type { Busy, OperationName } from './operations.ts'
import type { Protocol } from './protocols.ts'
import type { TransferReport, TransferRequest } from './transfer.ts'

export type PeerRequest =
  /**
   * Answers with the address, if it listens
   */
  { do: 'start', init: NodeInit } |
  { do: 'dial', address: string } |
  { do: 'transfer', request: TransferRequest } |
  { do: 'exchanges', request: ExchangesRequest } |

  /**
   * Opens the stream of `message`
   */
  { do: 'open' } |

  /**
   * Sends a message and waits for it to come back
   */
  { do: 'message', stream: 'open' | 'new' } |

  { do: 'operate', busy: Busy } |
  { do: 'close' } |

  /**
   * Answers with how many bytes have arrived on the streams that are open
   */
  { do: 'received' }

export type PeerEvent =
  { event: 'closed', error?: string } |
  { event: 'served', protocol: Protocol, received: number, error?: string } |

  /**
   * Half of an echo has come back
   */
  { event: 'half' } |

  { event: 'operation', name: OperationName, error?: string }

export type TimedEvent<Name extends PeerEvent['event'] = PeerEvent['event']> = Extract<PeerEvent, { event: Name }> & { at: number }

export class Peer {
  readonly address: string
  private readonly child: Child<PeerRequest, PeerEvent>

  private constructor (child: Child<PeerRequest, PeerEvent>, address: string) {
    this.child = child
    this.address = address
  }

  static async start (init: NodeInit): Promise<Peer> {
    const child = new Child<PeerRequest, PeerEvent>(fileURLToPath(new URL('./peer-process.js', import.meta.url)))

    try {
      return new Peer(child, await child.ask({ do: 'start', init }))
    } catch (err) {
      await child.stop()
      throw err
    }
  }

  /**
   * @param address - of the listener
   * @param port - of a relay
   */
  async dial (address: string, port: number): Promise<void> {
    await this.child.ask({ do: 'dial', address: address.replace(/\/udp\/\d+\//, `/udp/${port}/`) })
  }

  async transfer (request: TransferRequest): Promise<TransferReport> {
    return this.child.ask({ do: 'transfer', request })
  }

  async exchanges (request: ExchangesRequest): Promise<ExchangesReport> {
    return this.child.ask({ do: 'exchanges', request })
  }

  async open (): Promise<void> {
    await this.child.ask({ do: 'open' })
  }

  async message (stream: 'open' | 'new'): Promise<void> {
    await this.child.ask({ do: 'message', stream })
  }

  async operate (busy: Busy): Promise<void> {
    await this.child.ask({ do: 'operate', busy })
  }

  async close (): Promise<void> {
    await this.child.ask({ do: 'close' })
  }

  async received (): Promise<number> {
    return this.child.ask({ do: 'received' })
  }

  all <Name extends PeerEvent['event']> (name: Name): Array<TimedEvent<Name>> {
    return this.child.events.filter((event): event is TimedEvent<Name> => event.event === name)
  }

  /**
   * The first event with a name, or nothing if it does not come in so many ms
   */
  async first <Name extends PeerEvent['event']> (name: Name, within?: number): Promise<TimedEvent<Name> | undefined> {
    const signal = within == null ? undefined : AbortSignal.timeout(Math.max(0, Math.ceil(within)))

    return this.child.event((event): event is TimedEvent<Name> => event.event === name, signal)
  }

  async stop (): Promise<void> {
    await this.child.stop()
  }
}
