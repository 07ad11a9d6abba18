/**
 * Loads node-datachannel, when it is used for the first time.
 */
import { createRequire } from 'node:module'
import { NativeStackError, NativeThreadError } from '../errors.ts'
import { isLoadedByOtherThread } from './other-thread.ts'

type Stack = typeof import('node-datachannel').default

const require = createRequire(import.meta.url)
let loaded: Stack | undefined

/**
 * @throws {NativeThreadError} if another thread of the process uses it, or did
 * @throws {NativeStackError} if it can't be loaded
 */
export async function loadStack (): Promise<void> {
  if (loaded != null) {
    return
  }

  const err = await oneThreadAtATime(load)

  if (err != null) {
    throw err
  }
}

/**
 * What `loadStack` has loaded
 */
export function stack (): Stack {
  if (loaded == null) {
    throw new NativeStackError('node-datachannel has not been loaded')
  }

  return loaded
}

function load (): Error | undefined {
  try {
    if (isLoadedByOtherThread()) {
      return new NativeThreadError('node-datachannel serves one thread of a process, and another one uses it or has used it: use this transport in one thread only, and give others processes of their own (fork of node:child_process)')
    }

    loaded ??= require('node-datachannel').default as Stack
  } catch (err: any) {
    return new NativeStackError(`node-datachannel could not be loaded: ${err.message}`, { cause: err })
  }
}

/**
 * Two threads that load it at once would not see each other. Locks are those of
 * the process; before Node.js 24.5 there are none.
 *
 * @param fn - does not throw: Node.js 24 would keep the lock
 */
async function oneThreadAtATime <T> (fn: () => T): Promise<T> {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManager }

  if (locks == null) {
    return fn()
  }

  // waiting for a lock does not keep a thread alive
  const alive = setInterval(() => {}, 1_000)

  try {
    return await locks.request('libp2p-transport-webrtc-direct:node-datachannel', fn)
  } finally {
    clearInterval(alive)
  }
}
