import { readFile } from 'node:fs/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { encodeCerthash, parseDialTarget } from '../src/wire/address.ts'
import { createListener, createNode, deadPort, stopNodes } from './support/loopback-nodes.ts'
import { openPath } from './support/path.ts'
import type { NodeInit } from './support/loopback-nodes.ts'
import type { WebRTCDirectDialEvents, WebRTCDirectProgressEvents } from '../src/index.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

const PREFIX = 'webrtc-direct:'

const A = 1

// nobody listens there, on any port
const DEAD = '127.0.0.2'

interface Progress {
  events: WebRTCDirectProgressEvents[]

  /**
   * Those of libp2p among them
   */
  all: string[]

  /**
   * Each with the host and the version, or the phase
   */
  lines: string[]
  error?: Error
}

describe('the progress of a dial', () => {
  const seen = new Set<string>()

  afterEach(stopNodes)

  async function dial (ma: Multiaddr, init?: NodeInit, signal?: AbortSignal): Promise<Progress> {
    const dialer = await createNode(init)
    const progress: Progress = { events: [], all: [], lines: [] }
    const isOurs = (event: WebRTCDirectDialEvents): event is WebRTCDirectProgressEvents => event.type.startsWith(PREFIX)
    const onProgress = (event: WebRTCDirectDialEvents): void => {
      progress.all.push(event.type)

      if (isOurs(event)) {
        const { host, version, phase, hosts }: Record<string, any> = event.detail
        seen.add(event.type)
        progress.events.push(event)
        progress.lines.push([event.type.slice(PREFIX.length), hosts?.join(), host, version, phase].filter(part => part != null).join(' '))
      }
    }

    try {
      await dialer.dial(ma, { onProgress, signal })
    } catch (err: any) {
      progress.error = err
    }

    return progress
  }

  function named (ma: Multiaddr): Multiaddr {
    return multiaddr(`${ma}`.replace(/^\/ip4\/[^/]+/, '/dns4/listener.example.com'))
  }

  function dns (...addresses: string[]): Required<NodeInit>['dns'] {
    return { query: async () => ({ Answer: addresses.map(data => ({ type: A, data })) }) }
  }

  it('names each phase once and in order, among the events of libp2p', async () => {
    const listener = await createListener()
    const [ma] = listener.getMultiaddrs()
    const { events, lines, all } = await dial(ma)
    const { port } = parseDialTarget(ma)

    expect(lines).to.deep.equal(['dial', ...['ice', 'dtls', 'sctp', 'noise', 'upgrade', 'connected'].map(phase => `${phase} 127.0.0.1 1`)])
    expect(all.indexOf('dial-queue:start-dial')).to.be.within(0, all.indexOf(`${PREFIX}dial`) - 1)
    expect(all.at(-1)).to.equal('connection:opened')

    for (const { detail } of events) {
      expect(`${detail.address}`).to.equal(`${ma}`)
    }

    for (const event of events) {
      if (event.type === 'webrtc-direct:upgrade' || event.type === 'webrtc-direct:connected') {
        expect(event.detail.remotePeer.equals(listener.peerId)).to.be.true()
        expect(event.detail).to.include({ host: '127.0.0.1', port, version: 1 })
      }
    }
  })

  it('names the attempts at the addresses of a name, and which of them has connected', async () => {
    const [ma] = (await createListener()).getMultiaddrs()
    const { lines } = await dial(named(ma), { dns: dns(DEAD, '127.0.0.1') })

    expect(lines.slice(0, 3)).to.deep.equal(['dial', `resolved ${DEAD},127.0.0.1`, `ice ${DEAD} 1`])
    expect(lines).to.include.members(['ice 127.0.0.1 1', `attempt-lost ${DEAD} 1`])
    expect(lines.slice(-4)).to.deep.equal([`attempt-lost ${DEAD} 1`, ...['noise', 'upgrade', 'connected'].map(phase => `${phase} 127.0.0.1 1`)])
  })

  it('names both versions where the first one gets no answer', async () => {
    const [ma] = (await createListener()).getMultiaddrs()
    const path = await openPath(parseDialTarget(ma).port, datagram => !datagram.includes('libp2p+webrtc+v1/'))

    try {
      const { lines } = await dial(multiaddr(`${ma}`.replace(/udp\/\d+/, `udp/${path.port}`)))

      expect(lines.slice(0, 3)).to.deep.equal(['dial', 'ice 127.0.0.1 1', 'ice 127.0.0.1 2'])
      expect(lines).to.include('attempt-lost 127.0.0.1 1')
      expect(lines.at(-1)).to.equal('connected 127.0.0.1 2')
    } finally {
      path.close()
    }
  })

  it('ends with the phase in which it has failed, after the attempts that have', async () => {
    const dead = await deadPort()
    const [ma] = (await createListener()).getMultiaddrs()
    const { lines, events, error } = await dial(multiaddr(`${ma}`.replace(/udp\/\d+/, `udp/${dead.port}`)), { transport: { iceTimeout: 300 } })
    dead.close()

    expect(lines.slice(0, 2)).to.deep.equal(['dial', 'ice 127.0.0.1 1'])
    expect(lines).to.include.members(['attempt-failed 127.0.0.1 1 ice', 'attempt-failed 127.0.0.1 2 ice'])
    expect(lines.at(-1)).to.equal('failed ice')
    expect(events.at(-1)?.detail).to.have.property('error', error)
  })

  it('tells that the certificate of the listener was another one', async () => {
    const [ma] = (await createListener()).getMultiaddrs()
    const { lines } = await dial(multiaddr(`${ma}`.replace(/certhash\/[^/]+/, `certhash/${encodeCerthash(new Uint8Array(32))}`)))

    expect(lines).to.deep.equal(['dial', 'ice 127.0.0.1 1', 'dtls 127.0.0.1 1', 'attempt-failed 127.0.0.1 1 dtls', 'failed dtls'])
  })

  it('tells that the listener has refused the connection', async () => {
    const listener = await createListener({ connectionGater: { denyInboundEncryptedConnection: () => true } })
    const { lines } = await dial(listener.getMultiaddrs()[0])

    expect(lines.slice(-2)).to.deep.equal(['noise 127.0.0.1 1', 'failed noise'])
  })

  it('tells that a name has no address', async () => {
    const [ma] = (await createListener()).getMultiaddrs()
    const { lines } = await dial(named(ma), { dns: dns() })

    expect(lines).to.deep.equal(['dial', 'failed address'])
  })

  it('ends when who has dialed gives up', async () => {
    const dead = await deadPort()
    const abort = new AbortController()
    const [ma] = (await createListener()).getMultiaddrs()
    void dead.asked.then(() => { abort.abort() })
    const { lines, error } = await dial(multiaddr(`${ma}`.replace(/udp\/\d+/, `udp/${dead.port}`)), {}, abort.signal)
    dead.close()

    expect(error).to.have.property('name', 'AbortError')
    expect(lines).to.deep.equal(['dial', 'ice 127.0.0.1 1'])
  })

  it('ends with the abort for who asks the transport itself', async () => {
    const dead = await deadPort()
    const abort = new AbortController()
    const { components } = await createNode() as any
    const types: string[] = []
    const [ma] = (await createListener()).getMultiaddrs()
    void dead.asked.then(() => { abort.abort() })
    const dialed = components.transportManager.dial(multiaddr(`${ma}`.replace(/udp\/\d+/, `udp/${dead.port}`)), {
      signal: abort.signal,
      onProgress: ({ type }: WebRTCDirectDialEvents) => { types.push(type) }
    })

    await expect(dialed).to.eventually.be.rejected().with.property('name', 'AbortError')
    dead.close()
    expect(types.slice(-2)).to.deep.equal([`${PREFIX}attempt-failed`, `${PREFIX}failed`])
  })

  it('is told to all who wait for the same dial', async () => {
    const [ma] = (await createListener()).getMultiaddrs()
    const dialer = await createNode()
    const told: string[][] = [[], []]
    await Promise.all(told.map(async types => dialer.dial(ma, {
      onProgress: ({ type }: WebRTCDirectDialEvents) => { types.push(type) }
    })))

    expect(told[0]).to.include(`${PREFIX}connected`)
    expect(told[1]).to.include('dial-queue:already-in-dial-queue').and.include(`${PREFIX}connected`)
  })

  it('is in the table of the docs, with each event that there is', async () => {
    const page = await readFile('docs/progress.md', 'utf8')
    const documented = [...page.matchAll(/^\| `(webrtc-direct:[\w-]+)`/gm)].map(([, type]) => type)

    expect(documented.toSorted()).to.deep.equal([...seen].sort())
  })
})
