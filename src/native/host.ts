import { isIPv4 } from 'node:net'

const MAPPED = /^::ffff:(?=.*\.)/i

/**
 * An address as the system writes it, without the zone of a link-local one, which
 * neither SDP nor a remote knows, and as IPv4 where it is that
 */
export function plainHost (host: string): string {
  const [address] = host.split('%')
  const mapped = address.replace(MAPPED, '')

  return isIPv4(mapped) ? mapped : address
}
