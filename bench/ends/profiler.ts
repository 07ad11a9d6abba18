/**
 * The profiler of V8, in the process that is looked at.
 */
import { Session } from 'node:inspector/promises'
import type { Profiler } from 'node:inspector'

/**
 * From one sample to the next, in µs
 */
const INTERVAL = 300

let session: Session | undefined

export async function beginProfile (): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL })
  await session.post('Profiler.start')
}

/**
 * @throws {Error} if none was begun
 */
export async function endProfile (): Promise<Profiler.Profile> {
  if (session == null) {
    throw new Error('No profile was begun')
  }

  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  session = undefined

  return profile
}
