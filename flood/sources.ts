/**
 * Addresses of the loopback interface: each is a source of its own.
 */
export type Network = 'liars' | 'dialers' | 'crowd'

const NETWORKS: Record<Network, number> = { liars: 10, dialers: 20, crowd: 30 }

/**
 * The i-th address, of 65,536
 */
export function sourceAddress (network: Network, i: number): string {
  return `127.${NETWORKS[network]}.${i >> 8}.${i & 0xff}`
}
