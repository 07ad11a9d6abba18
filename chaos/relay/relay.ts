/**
 * A bad network: a UDP relay in a process of its own, between a dialer and a
 * listener. The dialer dials the relay's port instead of the listener's.
 *
 * Chance comes from a seed, so that a run that fails can be run again.
 */
import { fileURLToPath } from 'node:url'
import { Child } from '../ipc.ts'
import type { LinkCounters, LinkInit } from './link.ts'
import type { Request } from './relay-process.ts'

/**
 * Both directions are alike but for what `up`, towards the listener, and `down`
 * say of their own
 */
export interface Network extends LinkInit {
  up?: LinkInit
  down?: LinkInit
}

export interface RelayInit extends Network {
  /**
   * The port of the listener
   */
  target: number

  /**
   * The address of the listener, of IPv4 or IPv6, and of the relay
   *
   * @default '127.0.0.1'
   */
  host?: string

  /**
   * @default 1
   */
  seed?: number
}

export type Direction = 'up' | 'down' | 'both'

export interface RelayCounters {
  up: LinkCounters
  down: LinkCounters

  /**
   * What was lost because the relay's process was too slow, if that is known
   */
  overruns?: number
}

export interface Relay {
  readonly port: number

  /**
   * Loses everything for so many ms, from now on. It is Infinity for an outage
   * without an end, and 0 ends one.
   */
  outage (ms: number, direction?: Direction): Promise<void>

  /**
   * Gives every dialer another source port towards the listener, as a NAT does
   * that has forgotten them. What the listener sends to the old one is lost.
   */
  rebind (): Promise<void>

  /**
   * Becomes another network
   */
  change (network: Network): Promise<void>

  counters (): Promise<RelayCounters>

  stop (): Promise<void>
}

export async function startRelay (init: RelayInit): Promise<Relay> {
  const child = new Child<Request>(fileURLToPath(new URL('./relay-process.js', import.meta.url)))

  return {
    port: await child.ask({ do: 'start', init }),

    async outage (duration, direction = 'both') {
      await child.ask({ do: 'outage', direction, duration })
    },

    async rebind () {
      await child.ask({ do: 'rebind' })
    },

    async change ({ up, down, ...both }) {
      await child.ask({ do: 'change', up: { ...both, ...up }, down: { ...both, ...down } })
    },

    async counters () {
      return child.ask({ do: 'counters' })
    },

    async stop () {
      await child.stop()
    }
  }
}
