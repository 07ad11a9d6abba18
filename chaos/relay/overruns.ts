import { readFileSync } from 'node:fs'

/**
 * How many datagrams the system has thrown away because the sockets with these
 * ports were not read in time: the machine was too slow, and not the network
 * that is played. Unknown where there is no `/proc`.
 */
export function overruns (ports: number[]): number | undefined {
  try {
    return ['udp', 'udp6']
      .flatMap(name => readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n').slice(1))
      .map(line => line.trim().split(/\s+/))
      .filter(([, local]) => ports.includes(parseInt(local.split(':')[1], 16)))
      .reduce((sum, columns) => sum + Number(columns.at(-1)), 0)
  } catch {
    return undefined
  }
}
