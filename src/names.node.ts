/**
 * At which IP addresses is a name, and in which order are they tried?
 */
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { raceSignal } from 'race-signal'
import { ConnectionSetupError } from './errors.ts'
import type { Endpoint, NamedEndpoint } from './wire/address.ts'
import type { AbortOptions } from '@libp2p/interface'

/**
 * What is used of the `dns` of a node
 */
export interface NameService {
  query (name: string, options: AbortOptions & { types: number[] }): Promise<{ Answer: Array<{ type: number, data: string }> }>
}

export interface NameComponents {
  dns?: NameService
}

/**
 * Types of records (RFC 1035 section 3.2.2, RFC 3596 section 2.1)
 */
const RECORD_TYPES = { 4: 1, 6: 28 } as const

/**
 * Whoever is in charge of a name chooses whom its dialers send packets to, so
 * not to everybody
 */
const MAX_ADDRESSES = 16

/**
 * All addresses of a name: first those that there is a route to, IPv6 and IPv4
 * in turns (RFC 8305 section 4). Asks the `dns` of the node, if it was given one,
 * and the system otherwise, which knows the names of `/etc/hosts` too.
 *
 * @throws {ConnectionSetupError} if there are none
 */
export async function resolveName (endpoint: NamedEndpoint, { dns }: NameComponents, signal: AbortSignal, hasRoute = isRouted): Promise<Endpoint[]> {
  const { name, port, families } = endpoint
  let found: string[]

  try {
    found = await raceSignal(find(endpoint, dns, signal), signal)
  } catch (cause: any) {
    signal.throwIfAborted()

    throw new ConnectionSetupError(`could not find the address of ${name}: ${cause.message}`, 'address', { cause })
  }

  const endpoints = [...new Set(found)]
    .map(host => ({ host, port, family: isIP(host) }))
    .filter((endpoint): endpoint is Endpoint => families.some(family => family === endpoint.family))

  if (endpoints.length === 0) {
    throw new ConnectionSetupError(`${name} has no ${families.map(family => `IPv${family}`).join(' or ')} address`, 'address')
  }

  const routes = await Promise.all(endpoints.map(hasRoute))
  const reachable = endpoints.filter((_, i) => routes[i])
  const others = endpoints.filter((_, i) => !routes[i])

  return [...inTurns(reachable), ...inTurns(others)].slice(0, MAX_ADDRESSES)
}

async function find (endpoint: NamedEndpoint, dns: NameService | undefined, signal: AbortSignal): Promise<string[]> {
  if (isIP(endpoint.name) !== 0) {
    return [endpoint.name]
  }

  // "name resolution APIs SHOULD always return the loopback address" (RFC 6761
  // section 6.3)
  if (/^(.+\.)?localhost\.?$/i.test(endpoint.name)) {
    return ['::1', '127.0.0.1']
  }

  return dns == null ? askSystem(endpoint.name) : askNode(dns, endpoint, signal)
}

async function askSystem (name: string): Promise<string[]> {
  const addresses = await lookup(name, { all: true, order: 'verbatim' })

  return addresses.map(({ address }) => address)
}

async function askNode (dns: NameService, { name, families }: NamedEndpoint, signal: AbortSignal): Promise<string[]> {
  const types = families.map(family => RECORD_TYPES[family])
  const { Answer } = await dns.query(name, { signal, types })

  return Answer.filter(({ type }) => types.some(wanted => wanted === type)).map(({ data }) => data)
}

function inTurns (endpoints: Endpoint[]): Endpoint[] {
  const [six, four] = [6, 4].map(family => endpoints.filter(endpoint => endpoint.family === family))

  return Array.from({ length: Math.max(six.length, four.length) }, (_, i) => [six[i], four[i]])
    .flat()
    .filter(endpoint => endpoint != null)
}

/**
 * Connecting a UDP socket sends nothing, but looks for a route
 */
async function isRouted ({ host, port, family }: Endpoint): Promise<boolean> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')

  return new Promise(resolve => {
    const done = (isRouted: boolean): void => {
      socket.close()
      resolve(isRouted)
    }

    socket.once('error', () => { done(false) })
    socket.connect(port, host, (err?: Error) => { done(err == null) })
  })
}
