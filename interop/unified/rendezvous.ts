/**
 * Where the two ends of a test find each other: the listener leaves its address
 * at a key of a Redis server, the dialer waits for it.
 *
 * The two suites of the harness do so in different ways: the programs of the
 * transport suite push it to a list and pop it from there, those of the perf
 * suite set and get a string.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { raceSignal } from 'race-signal'
import type { Environment } from './environment.ts'

// in ms
const RECONNECT_INTERVAL = 200
const POLL_INTERVAL = 200

export interface Rendezvous {
  /**
   * Replaces what an earlier test may have left
   */
  publish (address: string): Promise<void>

  /**
   * Waits until there is an address
   */
  find (): Promise<string>
}

type Client = ReturnType<typeof openClient>
type Suite = (client: Client, key: string, signal: AbortSignal) => Rendezvous

export const transportSuite: Suite = (client, key) => ({
  async publish (address) {
    await client.multi().del(key).rPush(key, address).exec()
  },

  async find () {
    // 0 is for ever
    const popped = await client.blPop(key, 0)

    if (popped == null) {
      throw new Error(`Redis returned nothing for ${key}`)
    }

    return popped.element
  }
})

export const perfSuite: Suite = (client, key, signal) => ({
  async publish (address) {
    await client.set(key, address)
  },

  async find () {
    while (true) {
      const address = await client.get(key)

      if (address != null) {
        return address
      }

      await delay(POLL_INTERVAL, undefined, { signal })
    }
  }
})

// the type of a client is that of its options
// eslint-disable-next-line @typescript-eslint/explicit-function-return-type
function openClient (host: string, port: number) {
  return createClient({
    socket: { host, port, reconnectStrategy: RECONNECT_INTERVAL }
  })
}

/**
 * Waits for the Redis server, which may be started later than the two ends, and
 * calls back
 *
 * @throws {Error} when the signal aborts
 */
export async function withRendezvous <T> ({ redisAddress, addressKey }: Environment, suite: Suite, signal: AbortSignal, use: (rendezvous: Rendezvous) => Promise<T>): Promise<T> {
  const { host, port } = redisAddress
  const client = openClient(host, port)
  let complaint = ''

  client.on('error', ({ code, message }) => {
    if (complaint === '') {
      process.stderr.write(`waiting for Redis at ${host}:${port}\n`)
    }

    complaint = code ?? message
  })

  try {
    await raceSignal(client.connect(), signal).catch((err) => {
      throw new Error(`no Redis at ${host}:${port} (${complaint}): ${err.message}`)
    })

    return await raceSignal(use(suite(client, addressKey, signal)), signal).catch((err) => {
      throw new Error(`${addressKey} of Redis: ${err.message}`)
    })
  } finally {
    client.destroy()
  }
}
