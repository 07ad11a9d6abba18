/**
 * The addresses of a name, as far as a page can find them. It can't ask the system:
 * where the node has no `dns` the browser is told the name. Chromium looks it up by
 * itself, if it is a full one, and tries one address, of IPv6 if there is one.
 */
import { endpointsOf, inTurns, knownAddresses, MAX_ADDRESSES, search } from './names.ts'
import type { NameComponents } from './names.ts'
import type { Endpoint, NamedEndpoint } from './wire/address.ts'

/**
 * @throws {ConnectionSetupError} if the `dns` of the node knows none
 */
export async function resolveName (endpoint: NamedEndpoint, components: NameComponents, signal: AbortSignal): Promise<Endpoint[]> {
  const { name, port, families: [family] } = endpoint
  const found = await search(name, knownAddresses(endpoint, components, signal), signal)

  return found == null ? [{ host: name, port, family }] : inTurns(endpointsOf(endpoint, found)).slice(0, MAX_ADDRESSES)
}
