/**
 * The connection of the page: its state, and what has moved through it.
 */
import { TypedEventEmitter } from 'main-event'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export type SessionState =
  | { is: 'idle' }
  | { is: 'connecting', since: number }
  | { is: 'connected', since: number, connection: Connection, figures: Figures }
  | { is: 'failed', error: unknown }

  /**
   * It was open and is not any more. There is an error if neither end has closed it.
   */
  | { is: 'ended', by: 'us' | 'peer' | 'failure', error?: Error, figures: Figures }

export interface Figures {
  /**
   * How long it took to connect, in ms
   */
  readonly connectTime: number

  /**
   * Bytes of pings and files
   */
  bytesSent: number
  bytesReceived: number

  /**
   * How many streams this page has opened
   */
  streams: number
}

export interface SessionEvents {
  change: CustomEvent
}

export interface SessionInit {
  /**
   * The node to dial with
   */
  node (): Promise<Pick<Libp2p, 'dial'>>

  /**
   * In ms, monotonic
   */
  now? (): number
}

export class Session extends TypedEventEmitter<SessionEvents> {
  private readonly node: SessionInit['node']
  private readonly now: () => number
  private current: SessionState = { is: 'idle' }
  private attempt?: AbortController

  // a node that is asked to dial returns the connection that is being closed
  private closed = Promise.resolve()

  constructor ({ node, now = () => performance.now() }: SessionInit) {
    super()
    this.node = node
    this.now = now
  }

  get state (): SessionState {
    return this.current
  }

  /**
   * Never rejects: {@link state} tells what came of it
   */
  async connect (address: Multiaddr): Promise<void> {
    this.disconnect()

    const attempt = new AbortController()
    this.attempt = attempt
    this.become({ is: 'connecting', since: this.now() })

    try {
      // the time to connect starts when there is a node
      const node = await this.node()
      await this.closed
      attempt.signal.throwIfAborted()
      const start = this.now()
      const connection = await node.dial(address, { signal: attempt.signal })

      if (attempt.signal.aborted) {
        connection.abort(attempt.signal.reason)
      } else {
        this.opened(connection, this.now() - start)
      }
    } catch (error) {
      if (!attempt.signal.aborted) {
        this.become({ is: 'failed', error })
      }
    }
  }

  /**
   * Gives up to connect, or closes the connection
   */
  disconnect (): void {
    const state = this.current
    this.attempt?.abort()

    if (state.is === 'connecting') {
      this.become({ is: 'idle' })
    } else if (state.is === 'connected') {
      this.become({ is: 'ended', by: 'us', figures: state.figures })
      this.closed = state.connection.close().catch((err: Error) => { state.connection.abort(err) })
    }
  }

  /**
   * @throws {Error} if there is no connection
   */
  async openStream (protocol: string, signal: AbortSignal): Promise<Stream> {
    if (this.current.is !== 'connected') {
      throw new Error('There is no connection')
    }

    const { connection, figures } = this.current
    const stream = await connection.newStream(protocol, { signal })
    figures.streams++

    return stream
  }

  /**
   * More bytes of pings or files have moved
   */
  count (bytesSent: number, bytesReceived: number): void {
    if (this.current.is === 'connected') {
      this.current.figures.bytesSent += bytesSent
      this.current.figures.bytesReceived += bytesReceived
    }
  }

  private opened (connection: Connection, connectTime: number): void {
    const figures: Figures = { connectTime, bytesSent: 0, bytesReceived: 0, streams: 0 }
    const ended = (error?: Error): void => {
      if (this.current.is === 'connected' && this.current.connection === connection) {
        this.become({ is: 'ended', by: error == null ? 'peer' : 'failure', error, figures })
      }
    }

    this.become({ is: 'connected', since: this.now(), connection, figures })
    connection.addEventListener('close', ({ error }) => { ended(error) })

    // before there was a listener
    if (connection.status !== 'open') {
      ended()
    }
  }

  private become (state: SessionState): void {
    this.current = state
    this.safeDispatchEvent('change')
  }
}
