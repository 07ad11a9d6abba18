/**
 * Who shares a budget: an IPv4 address, or a network of IPv6 of 64 bits, which is
 * what one subscriber gets (RFC 6177)
 */
export function sourceOf (host: string): string {
  if (!host.includes(':')) {
    return host
  }

  const [head, tail] = host.split('::')
  const groups = head === '' ? [] : head.split(':')

  if (tail != null) {
    const last = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0)
    groups.push(...Array(Math.max(0, 8 - groups.length - last)).fill('0'), ...tail.split(':'))
  }

  return groups.slice(0, 4).map(group => parseInt(group, 16).toString(16)).join(':')
}
