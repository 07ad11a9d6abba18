/**
 * The addresses of a name, as far as the system need not be asked.
 */
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
 * Whoever is in charge of a name chooses whom its dialers send packets to, so
 * not to everybody
 */
export const MAX_ADDRESSES = 16

/**
 * Types of records (RFC 1035 section 3.2.2, RFC 3596 section 2.1)
 */
const RECORD_TYPES = { 4: 1, 6: 28 } as const

/**
 * The addresses that follow from the name itself, or that the `dns` of the node
 * tells. Returns `undefined` where there is none: then the system knows, if anybody
 * does.
 */
export async function knownAddresses ({ name, families }: NamedEndpoint, { dns }: NameComponents, signal: AbortSignal): Promise<string[] | undefined> {
  if (familyOf(name) != null) {
    return [name]
  }

  // "name resolution APIs SHOULD always return the loopback address" (RFC 6761
  // section 6.3)
  if (/^(.+\.)?localhost\.?$/i.test(name)) {
    return ['::1', '127.0.0.1']
  }

  if (dns != null) {
    const types = families.map(family => RECORD_TYPES[family])
    const { Answer } = await dns.query(name, { signal, types })

    return Answer.filter(({ type }) => types.some(wanted => wanted === type)).map(({ data }) => data)
  }
}

/**
 * Waits for what a search for the addresses of a name finds
 *
 * @throws {ConnectionSetupError} if it fails
 */
export async function search<T> (name: string, found: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await raceSignal(found, signal)
  } catch (cause: any) {
    signal.throwIfAborted()

    throw new ConnectionSetupError(`could not find the address of ${name}: ${cause.message}`, 'address', { cause })
  }
}

/**
 * What can be dialed of the addresses of a name
 *
 * @throws {ConnectionSetupError} if there is none
 */
export function endpointsOf ({ name, port, families }: NamedEndpoint, addresses: string[]): Endpoint[] {
  const endpoints = [...new Set(addresses)]
    .map(host => ({ host, port, family: familyOf(host) }))
    .filter((endpoint): endpoint is Endpoint => families.some(family => family === endpoint.family))

  if (endpoints.length === 0) {
    throw new ConnectionSetupError(`${name} has no ${families.map(family => `IPv${family}`).join(' or ')} address`, 'address')
  }

  return endpoints
}

/**
 * IPv6 and IPv4 in turns (RFC 8305 section 4)
 */
export function inTurns (endpoints: Endpoint[]): Endpoint[] {
  const [six, four] = [6, 4].map(family => endpoints.filter(endpoint => endpoint.family === family))

  return Array.from({ length: Math.max(six.length, four.length) }, (_, i) => [six[i], four[i]])
    .flat()
    .filter(endpoint => endpoint != null)
}

/**
 * No name ends with a number (RFC 3696 section 2), or has a colon
 */
function familyOf (host: string): 4 | 6 | undefined {
  if (host.includes(':')) {
    return 6
  }

  return /^\d+(\.\d+){3}$/.test(host) ? 4 : undefined
}
