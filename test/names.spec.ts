import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { resolveName } from '../src/names.node.ts'
import { openPeers } from '../src/native/sweep.ts'
import { encodeCerthash, parseNamedDialTarget } from '../src/wire/address.ts'
import { killAll, line, start } from './support/command-line.ts'
import { createNode, echo, stopNodes } from './support/loopback-nodes.ts'
import type { NameService } from '../src/names.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

const A = 1
const CNAME = 5
const AAAA = 28

const NAME = 'listener.example.com'

// nobody listens there, on any port
const DEAD = ['127.0.0.2', '127.0.0.3']

/**
 * A DNS that knows one name, and the questions that it was asked
 */
class FakeDNS implements NameService {
  readonly questions: string[] = []
  private readonly addresses: string[]

  constructor (...addresses: string[]) {
    this.addresses = addresses
  }

  async query (name: string, { types }: { types: number[] }): ReturnType<NameService['query']> {
    this.questions.push(`${name} ${types.join(' ')}`)

    if (name !== NAME) {
      throw new Error('no such name')
    }

    return {
      Answer: [
        { type: CNAME, data: 'other.example.com' },
        ...this.addresses.map(data => ({ type: data.includes(':') ? AAAA : A, data }))
      ]
    }
  }
}

describe('the addresses of a name', () => {
  const signal = new AbortController().signal
  const dns = new FakeDNS('192.0.2.1', '2001:db8::1', '192.0.2.2', '2001:db8::2', '192.0.2.3', '192.0.2.1')

  async function resolve (families: Array<4 | 6>, hasRoute: (host: string) => boolean): Promise<string[]> {
    const endpoints = await resolveName({ name: NAME, port: 9, families }, { dns }, signal, async ({ host }) => hasRoute(host))
    expect(endpoints.every(({ port }) => port === 9)).to.be.true()

    return endpoints.map(({ host }) => host)
  }

  it('are tried with IPv6 and IPv4 in turns', async () => {
    expect(await resolve([6, 4], () => true)).to.deep.equal(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '192.0.2.3'])
  })

  it('are tried last where there is no route to them', async () => {
    expect(await resolve([6, 4], host => !host.includes(':'))).to.deep.equal(['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2'])
  })

  it('are those of IPv4 for /dns4', async () => {
    expect(await resolve([4], () => true)).to.deep.equal(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  })

  it('are those of IPv6 for /dns6', async () => {
    expect(await resolve([6], () => true)).to.deep.equal(['2001:db8::1', '2001:db8::2'])
  })

  it('are not more than can be tried', async () => {
    const dns = new FakeDNS(...Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`))

    expect(await resolveName({ name: NAME, port: 9, families: [4] }, { dns }, signal)).to.have.lengthOf(16)
  })

  it('are asked of the system where the node has no DNS, which has a hosts file', async () => {
    const endpoints = await resolveName({ name: hostname(), port: 9, families: [6, 4] }, {}, signal)

    expect(endpoints.map(({ host }) => isIP(host))).to.include.members([4])
  })

  it('are loopback for localhost, whatever DNS or the system says', async () => {
    for (const components of [{}, { dns }]) {
      for (const name of ['localhost', 'LOCALHOST.', 'node.localhost']) {
        const endpoints = await resolveName({ name, port: 9, families: [6, 4] }, components, signal)

        expect(endpoints.map(({ host }) => host)).to.have.members(['::1', '127.0.0.1'])
      }
    }
  })

  it('are itself where it is an IP address', async () => {
    expect(await resolveName({ name: '192.0.2.9', port: 9, families: [6, 4] }, { dns }, signal)).to.deep.equal([{ host: '192.0.2.9', port: 9, family: 4 }])
  })

  it('are an error where there are none', async () => {
    await expect(resolveName({ name: 'nosuch.example.com', port: 9, families: [6, 4] }, { dns }, signal)).to.eventually.be.rejectedWith('address: could not find the address of nosuch.example.com: no such name')
    await expect(resolveName({ name: 'nosuch.invalid', port: 9, families: [6, 4] }, {}, signal)).to.eventually.be.rejectedWith('address: could not find the address of nosuch.invalid')
    await expect(resolveName({ name: NAME, port: 9, families: [6] }, { dns: new FakeDNS('192.0.2.1') }, signal)).to.eventually.be.rejectedWith(`address: ${NAME} has no IPv6 address`)
  })
})

describe('a dial to a name', () => {
  async function listen (host = '127.0.0.1'): Promise<Multiaddr> {
    const node = await createNode({ listen: [`/ip${host.includes(':') ? 6 : 4}/${host}/udp/0/webrtc-direct`] })

    return node.getMultiaddrs()[0]
  }

  /**
   * The address with a name instead of its host
   */
  function named (ma: Multiaddr, protocol: string, name = NAME): Multiaddr {
    return multiaddr(ma.toString().replace(/^\/ip[46]\/[^/]+/, `/${protocol}/${name}`))
  }

  afterEach(async () => {
    await stopNodes()
    killAll()
  })

  for (const [protocol, host] of [['dns', '127.0.0.1'], ['dns', '::1'], ['dns4', '127.0.0.1'], ['dns6', '::1']]) {
    it(`finds a listener at /${protocol}, ${host}`, async () => {
      const ma = named(await listen(host), protocol)
      const dialer = await createNode({ dns: new FakeDNS(host) })
      const connection = await dialer.dial(ma)

      expect(connection.remoteAddr.toString()).to.equal(ma.toString())
      expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
    })
  }

  it('finds a listener at /dns4/localhost', async () => {
    const dialer = await createNode()

    expect((await dialer.dial(named(await listen(), 'dns4', 'localhost'))).status).to.equal('open')
  })

  it('tries the next address where the first ones do not answer', async () => {
    const ma = named(await listen(), 'dns')
    const dialer = await createNode({ dns: new FakeDNS(...DEAD, '127.0.0.1') })
    const start = performance.now()
    await dialer.dial(ma)

    // without waiting for any of them to be given up
    expect(performance.now() - start).to.be.below(2_000)

    // and closes what it has begun
    while (openPeers() > 2) {
      await new Promise(resolve => { setImmediate(resolve) })
    }
  })

  it('tries the next address where somebody else answers at the first one', async () => {
    const ma = named(await listen(), 'dns')
    const other = start(['listen', '--host', DEAD[0], '--port', `${parseNamedDialTarget(ma)?.port}`])
    await line(other, () => true)
    const dialer = await createNode({ dns: new FakeDNS(DEAD[0], '127.0.0.1') })

    expect((await dialer.dial(ma)).status).to.equal('open')
  })

  it('fails with the name and each address that was tried', async () => {
    const ma = named(await listen(), 'dns')
    const dialer = await createNode({ dns: new FakeDNS(...DEAD), transport: { iceTimeout: 500 } })
    const err = await dialer.dial(ma).catch(err => err)

    expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
    expect(err.message).to.include(NAME).and.include(DEAD[0]).and.include(DEAD[1])
  })

  it('fails within its deadline', async () => {
    const ma = named(await listen(), 'dns')
    const dialer = await createNode({ dns: new FakeDNS(...DEAD), transport: { setupTimeout: 500 } })
    const start = performance.now()
    const err = await dialer.dial(ma).catch(err => err)

    expect(performance.now() - start).to.be.below(1_500)
    expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
  })

  it('fails where the name does not exist', async () => {
    const ma = named(await listen(), 'dns', 'nosuch.example.com')
    const err = await (await createNode({ dns: new FakeDNS() })).dial(ma).catch(err => err)

    expect(err).to.include({ name: 'ConnectionSetupError', phase: 'address' })
    expect(err.message).to.include('nosuch.example.com')
  })

  it('fails within its deadline where DNS does not answer', async () => {
    const ma = named(await listen(), 'dns')
    const dialer = await createNode({ dns: { query: async () => new Promise(() => {}) }, transport: { setupTimeout: 200 } })
    const err = await dialer.dial(ma).catch(err => err)

    expect(err).to.include({ name: 'SetupTimeoutError', phase: 'address' })
    expect(err.message).to.include(NAME)
  })

  it('can be aborted while DNS does not answer', async () => {
    const asked = Promise.withResolvers<void>()
    const ma = named(await listen(), 'dns')
    const dialer: any = await createNode({
      dns: {
        query: async () => {
          asked.resolve()
          return new Promise(() => {})
        }
      }
    })
    const controller = new AbortController()
    const dial = dialer.components.transportManager.dial(ma, { signal: controller.signal }).catch((err: Error) => err)
    await asked.promise
    controller.abort()

    expect(await dial).to.include({ name: 'AbortError', phase: 'address' })
  })

  it('can be aborted while nobody answers', async () => {
    const ma = named(await listen(), 'dns')
    const dialer: any = await createNode({ dns: new FakeDNS(...DEAD) })
    const controller = new AbortController()
    const dial = dialer.components.transportManager.dial(ma, { signal: controller.signal }).catch((err: Error) => err)

    while (openPeers() < DEAD.length) {
      await new Promise(resolve => { setImmediate(resolve) })
    }

    controller.abort()

    expect(await dial).to.include({ name: 'AbortError', phase: 'ice' })
  })

  it('is refused before the name is asked for where the address has no certhash that can be used', async () => {
    const dns = new FakeDNS('127.0.0.1')
    const dialer: any = await createNode({ dns })

    for (const ma of [`/dns/${NAME}/udp/9/webrtc-direct`, `/dns/${NAME}/udp/0/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`]) {
      await expect(dialer.dial(multiaddr(ma))).to.eventually.be.rejected.with.property('name', 'InvalidMultiaddrError')
    }

    expect(dns.questions).to.be.empty()
  })
})
