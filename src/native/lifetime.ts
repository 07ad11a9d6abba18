/**
 * What the native stack keeps the process alive with is freed when nothing else
 * does:
 *
 * - Channels that the remote closed first. JavaScript can't free them, only the
 *   garbage collector does, and in a process that has nothing left to do it does
 *   not run by itself.
 * - Sockets that nobody listens on any more (`sockets.ts`).
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { DataChannel } from 'node-datachannel'

/**
 * How often to look whether anything else keeps the process alive, in ms. It
 * takes longer from one run of the garbage collector to the next: whoever was
 * told of a channel may remember it for a moment.
 */
const INTERVAL = 100
const MAX_INTERVAL = 2_000

/**
 * Something that belongs to the native stack
 */
export interface Holder {
  /**
   * Whether somebody needs it
   */
  isInUse (): boolean

  /**
   * Nothing else keeps the process alive
   */
  free? (): void
}

// one that is set while a test has mocked timers would never fire
const { setTimeout } = globalThis

const holders: Holder[] = []
let timer: NodeJS.Timeout | undefined

let strays = 0
const strayRegistry = new FinalizationRegistry(() => { strays-- })

export function register (holder: Holder): void {
  holders.push(holder)
}

/**
 * Sees to a channel that was closed by the remote
 */
export function addStray (channel: DataChannel): void {
  strays++
  strayRegistry.register(channel, undefined)
  freeWhenIdle()
}

export function freeWhenIdle (interval = INTERVAL): void {
  timer ??= setTimeout(() => {
    timer = undefined

    if (holders.some(holder => holder.isInUse()) || isProcessBusy()) {
      freeWhenIdle()
      return
    }

    holders.forEach(holder => { holder.free?.() })

    if (strays > 0) {
      collectGarbage()
      freeWhenIdle(Math.min(2 * interval, MAX_INTERVAL))
    }
  }, interval).unref()
}

/**
 * What is listed also where it keeps nothing alive: pipes and terminals that are only
 * standard output, and the histogram of `monitorEventLoopDelay` before it is enabled
 */
const HARMLESS = ['PipeWrap', 'TTYWrap', 'IntervalHistogram']

/**
 * Other runtimes than Node.js don't tell
 */
function isProcessBusy (): boolean {
  const { getActiveResourcesInfo } = process as Partial<NodeJS.Process>

  return getActiveResourcesInfo?.().some(name => !HARMLESS.includes(name)) ?? true
}

function collectGarbage (): void {
  try {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
  } catch {
    // it can't be run from here
  }
}
