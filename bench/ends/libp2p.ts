/**
 * The ends of implementations that are transports of js-libp2p.
 */
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { pEvent } from 'p-event'
import { loadImplementation } from '../../interop/js/implementations.ts'
import { MAX_STREAMS } from '../../interop/js/protocols.ts'
import { UNLIMITED } from '../../interop/js/unlimited.ts'
import { freeUdpPort } from '../../test/support/free-port.ts'
import { PROTOCOLS } from './end.ts'
import { OTHERS } from './others.ts'
import type { BenchConnection, BenchStream, End, OnStream, Protocol, Reader } from './end.ts'
import type { Connection, IdentifyResult, Libp2p, Stream } from '@libp2p/interface'
import type { Libp2pOptions } from 'libp2p'

type Name = 'ours' | 'peer' | 'tcp' | 'quic'
type Stack = Pick<Libp2pOptions, 'transports' | 'connectionEncrypters' | 'streamMuxers'>

const STACKS: Record<Name, (mtu?: number) => Promise<Stack>> = {
  async ours (mtu) {
    const { webRTCDirect } = await import('../../src/index.ts')

    return { transports: [webRTCDirect({ mtu })] }
  },

  peer: async () => ({ transports: [(await loadImplementation('js-libp2p')).transport] }),

  async tcp () {
    const { tcp, yamux } = await import(OTHERS)

    return { transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] }
  },

  async quic () {
    const { loadQuic } = await import(OTHERS)
    const quic = await loadQuic()

    return { transports: [quic({ maxConcurrentStreamLimit: MAX_STREAMS })] }
  }
}

const LISTEN: Record<Name, () => Promise<string> | string> = {
  ours: () => '/ip4/127.0.0.1/udp/0/webrtc-direct',
  peer: async () => `/ip4/127.0.0.1/udp/${await freeUdpPort()}/webrtc-direct`,
  tcp: () => '/ip4/127.0.0.1/tcp/0',
  quic: () => '/ip4/127.0.0.1/udp/0/quic-v1'
}

export class Libp2pEnd implements End {
  private readonly name: Name
  private readonly mtu?: number
  private readonly nodes: Array<Promise<Libp2p>> = []
  private readonly identified = new WeakSet<Connection>()
  private readonly connections = new WeakMap<BenchConnection, Connection>()

  constructor (name: Name, mtu?: number) {
    this.name = name
    this.mtu = mtu
  }

  async listen (serve: (protocol: Protocol, stream: BenchStream) => Reader): Promise<string> {
    const node = await this.createNode([await LISTEN[this.name]()])

    for (const protocol of Object.keys(PROTOCOLS) as Protocol[]) {
      await node.handle(PROTOCOLS[protocol], stream => {
        attach(stream, benchStream => serve(protocol, benchStream))
      }, { maxInboundStreams: MAX_STREAMS })
    }

    return `${node.getMultiaddrs()[0]}`
  }

  async dial (address: string, index = 0): Promise<BenchConnection> {
    const node = await (this.nodes[index] ??= this.createNode([]))
    const connection = await node.dial(multiaddr(address), { force: true })
    const benchConnection: BenchConnection = {
      async open (protocol, onStream) {
        const stream = await connection.newStream(PROTOCOLS[protocol], { maxOutboundStreams: MAX_STREAMS })

        return attach(stream, onStream)
      },
      close: async () => connection.close()
    }

    this.connections.set(benchConnection, connection)

    return benchConnection
  }

  async settled (benchConnection: BenchConnection): Promise<void> {
    const connection = this.connections.get(benchConnection)

    if (connection != null && !this.identified.has(connection)) {
      await pEvent<'peer:identify', CustomEvent<IdentifyResult>>(await this.nodes[0], 'peer:identify', {
        filter: ({ detail }) => detail.connection === connection
      })
    }
  }

  private async createNode (listen: string[]): Promise<Libp2p> {
    const node = await createLibp2p({
      ...await STACKS[this.name](this.mtu),
      addresses: { listen },

      // what is measured is the transport
      ...UNLIMITED,
      services: { identify: identify({ maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS }) }
    })

    node.addEventListener('peer:identify', ({ detail }) => { this.identified.add(detail.connection) })

    return node
  }
}

function attach <T extends Reader> (stream: Stream, onStream: OnStream<T>): T {
  const ended = Promise.withResolvers<void>()
  const reader = onStream({
    send: data => stream.send(data),

    async drained () {
      await stream.onDrain()

      // the base class of @libp2p/utils 7.4.1 waits only the first time
      while (stream.writableNeedsDrain && stream.status === 'open') {
        await pEvent(stream, ['drain', 'close'])
      }
    },

    close () {
      stream.close().catch(ended.reject)
    },

    abort (err) {
      stream.abort(err)
    },

    ended: ended.promise
  })

  // who does not wait for it is not told
  ended.promise.catch(() => {})

  stream.addEventListener('message', ({ data }) => { reader.onData(data.subarray()) })
  stream.addEventListener('remoteCloseWrite', () => { reader.onEnd() })
  stream.addEventListener('close', ({ error }) => {
    error == null ? ended.resolve() : ended.reject(error)
  })

  return reader
}
