/**
 * At which IP addresses is a name, and in which order are they tried?
 */
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { endpointsOf, inTurns, knownAddresses, MAX_ADDRESSES, search } from './names.ts'
import type { NameComponents } from './names.ts'
import type { Endpoint, NamedEndpoint } from './wire/address.ts'

/**
 * All addresses of a name: first those that there is a route to, IPv6 and IPv4
 * in turns. Asks the `dns` of the node, if it was given one, and the system
 * otherwise, which knows the names of `/etc/hosts` too.
 *
 * @throws {ConnectionSetupError} if there are none
 */
export async function resolveName (endpoint: NamedEndpoint, components: NameComponents, signal: AbortSignal, hasRoute = isRouted): Promise<Endpoint[]> {
  const found = await search(endpoint.name, find(endpoint, components, signal), signal)
  const endpoints = endpointsOf(endpoint, found)
  const routes = await Promise.all(endpoints.map(hasRoute))
  const reachable = endpoints.filter((_, i) => routes[i])
  const others = endpoints.filter((_, i) => !routes[i])

  return [...inTurns(reachable), ...inTurns(others)].slice(0, MAX_ADDRESSES)
}

async function find (endpoint: NamedEndpoint, components: NameComponents, signal: AbortSignal): Promise<string[]> {
  return await knownAddresses(endpoint, components, signal) ?? askSystem(endpoint.name)
}

async function askSystem (name: string): Promise<string[]> {
  const addresses = await lookup(name, { all: true, order: 'verbatim' })

  return addresses.map(({ address }) => address)
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
