/**
 * What the upgrader of libp2p and its connections do, as far as a transport sees it
 */
import { ConnectionClosedError, ConnectionFailedError } from '@libp2p/interface'
import { reach } from './points.ts'
import type { DataChannelMuxer } from '../../src/streams/muxer.ts'
import type { AbortOptions, Connection, MultiaddrConnection, Stream, StreamMuxerFactory, Upgrader } from '@libp2p/interface'

/**
 * How long a node that stops lets a connection close, in ms
 */
const CLOSE_TIMEOUT = 1_000

async function turn (): Promise<void> {
  await new Promise(resolve => { setImmediate(resolve) })
}

export class TestConnection {
  readonly maConn: MultiaddrConnection
  readonly muxer: DataChannelMuxer
  readonly streams: Stream[] = []

  constructor (maConn: MultiaddrConnection, muxer: DataChannelMuxer, onStream: (stream: Stream) => void) {
    this.maConn = maConn
    this.muxer = muxer

    muxer.addEventListener('stream', ({ detail }) => {
      this.streams.push(detail)
      onStream(detail)
    })
  }

  async newStream (options?: AbortOptions): Promise<Stream> {
    if (this.muxer.status !== 'open' || this.maConn.status !== 'open') {
      throw new ConnectionClosedError('The connection is not open')
    }

    const stream = await this.muxer.createStream(options)
    this.streams.push(stream)

    return stream
  }

  async close (options?: AbortOptions): Promise<void> {
    await this.muxer.close(options)
    await this.maConn.close(options)
  }

  abort (err: Error): void {
    this.muxer.abort(err)
    this.maConn.abort(err)
  }

  async closeOrAbort (): Promise<void> {
    try {
      await this.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT) })
    } catch (err: any) {
      this.abort(err)
    }
  }
}

export class TestUpgrader {
  readonly name: string
  readonly connections: TestConnection[] = []
  readonly maConns: MultiaddrConnection[] = []
  private readonly onStream: (stream: Stream) => void
  private readonly refuses: boolean

  /**
   * @param name
   * @param onStream - the remote opened one
   * @param refuses - whether no connection is accepted
   */
  constructor (name: string, onStream: (stream: Stream) => void, refuses = false) {
    this.name = name
    this.onStream = onStream
    this.refuses = refuses
  }

  private async upgrade (maConn: MultiaddrConnection, { muxerFactory }: { muxerFactory: StreamMuxerFactory }): Promise<Connection> {
    this.maConns.push(maConn)
    reach(`upgrade of the ${this.name}`, 'code')
    await turn()
    reach(`gater of the ${this.name}`, 'code')

    if (this.refuses) {
      throw new ConnectionFailedError('The node refuses the connection')
    }

    const muxer = muxerFactory.createStreamMuxer(maConn) as DataChannelMuxer
    reach(`muxer of the ${this.name}`, 'code')
    await turn()

    const connection = new TestConnection(maConn, muxer, this.onStream)
    this.connections.push(connection)
    reach(`connection of the ${this.name}`, 'code')

    return connection as unknown as Connection
  }

  readonly upgrader = {
    upgradeInbound: async (maConn: MultiaddrConnection, options: any) => { await this.upgrade(maConn, options) },
    upgradeOutbound: async (maConn: MultiaddrConnection, options: any) => this.upgrade(maConn, options),
    createInboundAbortSignal: (signal: AbortSignal) => Object.assign(AbortSignal.any([AbortSignal.timeout(10_000), signal]), { clear () {} }),
    getConnectionEncrypters: () => new Map(),
    getStreamMuxers: () => new Map()
  } as unknown as Upgrader
}
