/**
 * One timer (`ticker.ts`) that looks at connections and channels.
 *
 * The messages of a channel and its close come through two queues that don't
 * know of each other, and the native `onClosed` throws away what the other one
 * still holds. So a close is found by looking, and counts when nothing has
 * arrived between two looks. A channel that was found closed is looked at again
 * with the next tick. One on which nothing has happened lately is looked at in turns
 * (`turns.ts`): every 2 s, 10,000 streams every 6.3 s, 1,000 connections every 5.
 *
 * What can't wait is told by the stack. A message that arrives, and what is sent,
 * makes a channel and its connection busy. `onClosed` tells of channels that bring
 * nothing more: those of streams whose FIN was read, and that of the handshake,
 * whose close announces the end of the connection. They are not looked at.
 */
import { systemClock } from '../clock.ts'
import { register } from './lifetime.ts'
import { Ticker } from './ticker.ts'
import { Turns } from './turns.ts'
import { WakingTime } from './waking-time.ts'
import type { Looked } from './turns.ts'

/**
 * How long what is quiet is left alone after a look, in ms
 */
const REST = 2_000

/**
 * How many looks there are in 20 ms. A look at a channel takes 0.5 µs, and ten times as
 * long where nothing of it is in the caches of the processor, as with those that are
 * quiet; a look at a connection takes four times as long.
 */
const CHANNELS = { busy: 512, quiet: 32, rest: REST }
const CONNECTIONS = { busy: 128, quiet: 4, rest: REST }

const connections = new Turns<Looked>(CONNECTIONS)
const channels = new Turns<Looked>(CHANNELS)

/**
 * The time that silence is measured with
 */
export const wakingTime = new WakingTime()

const ticker = new Ticker({
  clock: systemClock,
  tick: rounds => {
    const now = wakingTime.now()

    channels.tick(now, rounds)
    connections.tick(now, rounds)
  },
  isBusy: () => channels.isBusy || connections.isBusy
})

register({ isInUse: () => connections.size > 0 })

/**
 * How many connections the native stack holds in this process
 */
export function openPeers (): number {
  return connections.size
}

/**
 * Looks at the connection from now on, and holds it: the stack closes what is
 * garbage collected.
 */
export function watch (peer: Looked): void {
  connections.add(peer)
  ticker.start()
}

export function unwatch (peer: Looked): void {
  connections.delete(peer)

  if (connections.size === 0) {
    ticker.stop()
  }
}

/**
 * Something happens on the connection
 */
export function touch (peer: Looked): void {
  connections.touch(peer)
  ticker.hurry()
}

/**
 * Looks at a channel of a connection that is watched
 */
export function watchChannel (channel: Looked): void {
  channels.add(channel)
  ticker.hurry()
}

export function unwatchChannel (channel: Looked): void {
  channels.delete(channel)
}

/**
 * Something happens on the channel
 */
export function touchChannel (channel: Looked): void {
  channels.touch(channel)
  ticker.hurry()
}
