/**
 * A bad network: a UDP relay in a process of its own, between a dialer and a
 * listener. The dialer dials the relay's port instead of the listener's.
 *
 * Chance comes from a seed, so that a run that fails can be run again.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
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
  // Infinity is not JSON
  const child = fork(fileURLToPath(new URL('./relay-process.js', import.meta.url)), { serialization: 'advanced' })
  const exited = once(child, 'exit')
  const answers = new Map<number, PromiseWithResolvers<any>>()
  let lastId = 0

  child.on('message', ({ id, result }: { id: number, result: any }) => {
    answers.get(id)?.resolve(result)
    answers.delete(id)
  })

  child.on('exit', code => {
    for (const { reject } of answers.values()) {
      reject(new Error(`The relay ended with code ${code}`))
    }
  })

  async function ask (request: Request): Promise<any> {
    const answer = Promise.withResolvers<any>()
    const id = ++lastId

    answers.set(id, answer)
    child.send({ id, request })

    return answer.promise
  }

  return {
    port: await ask({ do: 'start', init }),

    async outage (duration, direction = 'both') {
      await ask({ do: 'outage', direction, duration })
    },

    async rebind () {
      await ask({ do: 'rebind' })
    },

    async change ({ up, down, ...both }) {
      await ask({ do: 'change', up: { ...both, ...up }, down: { ...both, ...down } })
    },

    async counters () {
      return ask({ do: 'counters' })
    },

    async stop () {
      child.kill()
      await exited
    }
  }
}
