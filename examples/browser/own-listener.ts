/**
 * The addresses of the listener that was started with this page.
 */

/**
 * The one to fill in: that on the host from which the page was loaded, because it
 * can be reached from here. `location` has IPv6 addresses in brackets.
 */
export function chooseAddress (addresses: string[], hostname: string): string | undefined {
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '')

  return addresses.find(address => address.split('/')[2] === host) ?? addresses[0]
}

/**
 * There are none where the page is served by something else
 */
export async function fetchAddresses (): Promise<string[]> {
  try {
    const response = await fetch('listener.json')

    return response.ok ? (await response.json()).addresses : []
  } catch {
    return []
  }
}
