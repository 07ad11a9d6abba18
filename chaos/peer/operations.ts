/**
 * What the dialer is in the middle of when the network fails.
 */
import { PeerStream } from '../../interop/js/peer-stream.ts'
import { failureOf } from '../failure.ts'
import { ENDLESS, PROTOCOLS } from './protocols.ts'
import type { PeerEvent } from './peer.ts'
import type { Protocol } from './protocols.ts'
import type { Connection } from '@libp2p/interface'

/**
 * Who sends; `once`: the dialer sends something short, and that when the network
 * has failed. A stream that is read and never written is open in any case.
 */
export type Busy = 'both' | 'dialer' | 'once' | 'nobody'

export type OperationName = 'read' | 'write' | 'close()'

/**
 * How much there is to send for the stream that is closed, in bytes
 */
const CLOSED = 64 * 1024

export class Operations {
  private readonly connection: Connection
  private readonly tell: (event: PeerEvent) => void
  private toClose?: PeerStream

  constructor (connection: Connection, tell: (event: PeerEvent) => void) {
    this.connection = connection
    this.tell = tell
  }

  async start (busy: Busy): Promise<void> {
    const quiet = await this.open('echo')
    await quiet.write(Uint8Array.of(1))
    await quiet.readBytes(1)
    this.watch('read', quiet.readToEnd())

    if (busy === 'both') {
      const source = await this.open('source')
      this.watch('read', source.readToEnd())
    }

    if (busy === 'both' || busy === 'dialer') {
      const sink = await this.open('sink')
      this.watch('write', sink.writePattern(ENDLESS))
    }

    if (busy !== 'nobody') {
      this.toClose = await this.open('sink')
    }
  }

  /**
   * Closes a stream, for which the remote would have to acknowledge what was
   * sent on it
   */
  close (): void {
    const stream = this.toClose

    if (stream != null) {
      this.watch('close()', stream.writePattern(CLOSED).then(async () => stream.end()))
    }
  }

  private async open (protocol: Protocol): Promise<PeerStream> {
    return new PeerStream(await this.connection.newStream(PROTOCOLS[protocol]), {})
  }

  private watch (name: OperationName, operation: Promise<unknown>): void {
    void failureOf(operation).then(error => {
      this.tell({ event: 'operation', name, error })
    })
  }
}
