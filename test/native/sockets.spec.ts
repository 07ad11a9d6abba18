import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readlinkSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { ListenError } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { openMux } from '../../src/native/sockets.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'
import { bindingRequest } from '../support/stun.ts'
import type { Mux, StunRequest } from '../../src/ports.ts'

const log = defaultLogger().forComponent('test')
const hasIPv6 = Object.values(networkInterfaces()).flat().some(address => address?.address === '::1')

const V4 = { host: '127.0.0.1', port: 0, family: 4 } as const
const OTHER_V4 = { host: '127.0.0.2', port: 0, family: 4 } as const
const V6 = { host: '::1', port: 0, family: 6 } as const
const ANY_V4 = { host: '0.0.0.0', port: 0, family: 4 } as const
const ANY_V6 = { host: '::', port: 0, family: 6 } as const

function threads (): number {
  return readdirSync('/proc/self/task').length
}

/**
 * The UDP sockets of this process
 */
function sockets (): number {
  const all = ['udp', 'udp6'].flatMap(table => readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1))
  const inodes = new Set(all.map(line => `socket:[${line.trim().split(/\s+/)[9]}]`))

  return readdirSync('/proc/self/fd').filter(fd => {
    try {
      return inodes.has(readlinkSync(`/proc/self/fd/${fd}`))
    } catch {
      // the one of the folder
      return false
    }
  }).length
}

describe('sockets of listeners', () => {
  const opened: Mux[] = []

  async function open (endpoint: Parameters<typeof openMux>[0], onRequest: (request: StunRequest) => void = () => {}): Promise<Mux> {
    const mux = await openMux(endpoint, onRequest, log)
    opened.push(mux)

    return mux
  }

  /**
   * Whether a request that is sent there is answered with a call
   */
  async function expectServed (host: string, endpoint: Parameters<typeof openMux>[0]): Promise<Mux> {
    const { client, server } = generateCredentials(1)
    const asked = Promise.withResolvers<StunRequest>()
    const mux = await open(endpoint, asked.resolve)
    const stranger = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    stranger.send(bindingRequest(`${server.ufrag}:${client.ufrag}`, server.pwd), mux.port, host)

    try {
      expect(await asked.promise).to.include({ serverUfrag: server.ufrag, clientUfrag: client.ufrag })
    } finally {
      stranger.close()
    }

    return mux
  }

  afterEach(() => {
    opened.splice(0).forEach(mux => { mux.close() })
  })

  for (const endpoint of [V4, ANY_V4, ...hasIPv6 ? [V6, ANY_V6] : []]) {
    it(`are used again by listeners that ask for any port at ${endpoint.host}`, async () => {
      (await open(endpoint)).close()
      const before = { threads: threads(), sockets: sockets() }

      for (let i = 0; i < 200; i++) {
        (await open(endpoint)).close()
      }

      expect(threads()).to.be.at.most(before.threads)
      expect(sockets()).to.be.at.most(before.sockets)
    })
  }

  it('are not used again while somebody listens', async () => {
    const first = await open(V4)
    const second = await open(V4)
    expect(second.port).to.not.equal(first.port)

    first.close()
    expect((await open(V4)).port).to.not.equal(second.port)
  })

  it('are not used again at another address', async () => {
    const first = await open(V4)
    first.close()

    for (const endpoint of [OTHER_V4, ANY_V4]) {
      expect((await open(endpoint)).port).to.not.equal(first.port)
    }
  })

  it('serve who listens last', async () => {
    const { port } = await expectServed('127.0.0.1', V4)
    opened.splice(0).forEach(mux => { mux.close() })

    expect((await expectServed('127.0.0.1', { ...V4, port })).port).to.equal(port)
  })

  if (hasIPv6) {
    it('serve IPv4 and IPv6 at all addresses', async () => {
      const { port } = await expectServed('127.0.0.1', ANY_V4)
      await expectServed('::1', { ...ANY_V6, port })
    })
  }

  it('rest for as long as they can before they are used again', async () => {
    const [first, second] = [await open(V4), await open(V4)]
    second.close()
    first.close()
    const ports: number[] = []

    while (ports.at(-1) !== first.port) {
      ports.push((await open(V4)).port)
    }

    expect(ports).to.include(second.port)
  })

  for (const endpoint of [OTHER_V4, ANY_V4, ...hasIPv6 ? [V6] : []]) {
    it(`can't be at 127.0.0.1 and ${endpoint.host} with one port`, async () => {
      const { port } = await open(V4)

      await expect(open({ ...endpoint, port })).to.eventually.be.rejectedWith(/listens on 127\.0\.0\.1 with the same port.* one socket for a port/)
        .and.be.an.instanceOf(ListenError)
    })

    it(`can't move from 127.0.0.1 to ${endpoint.host} with their port`, async () => {
      const mux = await open(V4)
      mux.close()

      await expect(open({ ...endpoint, port: mux.port })).to.eventually.be.rejectedWith(/stays bound to 127\.0\.0\.1 until the process ends/)
        .and.be.an.instanceOf(ListenError)
    })
  }

  it("can't be opened twice", async () => {
    const { port } = await open(V4)

    await expect(open({ ...V4, port })).to.eventually.be.rejectedWith(/listens there already/)
      .and.be.an.instanceOf(ListenError)
  })

  it("can't be opened where another process has the port", async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    await once(other, 'listening')

    try {
      await expect(open({ ...V4, port: other.address().port })).to.eventually.be.rejectedWith(ListenError)
    } finally {
      other.close()
    }
  })
})
