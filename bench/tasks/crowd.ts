/**
 * Many connections and streams that do nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from './task.ts'

const AT_ONCE = 50
const COUNT = 1_000

/**
 * How long idle connections are watched, in ms, and how long they are left alone
 * before that: what was sent last may be unacknowledged for 19 s, and is watched
 */
const WATCH = 8_000
const PAUSE = 20_000

/**
 * How many connections have open streams, and how many of them
 */
const CONNECTIONS = 4
const STREAMS = 400

/**
 * How many there are before on each, for the code to be compiled
 */
const WARM_UP = 50

export const CROWD_TASKS: Task[] = [
  {
    name: '1,000 connections',
    figures: ['crowd', 'crowdRefused', 'crowdDelay', 'memoryDialer', 'memoryListener', 'idleMain', 'idleAll'],
    seconds: 55,
    rounds: 1,
    isLong: true,
    needsNewPair: true,

    async run (pair) {
      // one for each node, whose own memory is not looked at
      await pair.crowd(AT_ONCE, AT_ONCE)
      const before = await pair.memory()
      const { result: { connected, refused, ms }, p99 } = await pair.listenerDelay(async () => pair.crowd(COUNT, AT_ONCE))

      await sleep(PAUSE)
      const after = await pair.memory()
      const { listener: start } = pair.usage()
      await sleep(WATCH)
      const { listener: end } = pair.usage()

      // where some are refused there are fewer
      const kilobytes = (end: 'dialer' | 'listener'): number => (after[end] - before[end]) / connected / 1e3
      const percent = (seconds: number): number => seconds / WATCH * 1e5 * COUNT / (connected + AT_ONCE)

      return {
        crowd: [ms / 1e3],
        crowdRefused: [refused],
        crowdDelay: p99 == null ? [] : [p99],
        memoryDialer: [kilobytes('dialer')],
        memoryListener: [kilobytes('listener')],
        idleMain: pair.hasEventLoop ? [percent(end.mainThread - start.mainThread)] : [],
        idleAll: [percent(end.cpu - start.cpu)]
      }
    }
  },
  {
    name: 'idle streams',
    figures: ['memoryStream'],
    seconds: 10,
    rounds: 1,
    isLong: true,
    needsNewPair: true,

    async run (pair) {
      await pair.crowd(CONNECTIONS, CONNECTIONS)
      await pair.holdStreams(WARM_UP)
      const before = await pair.memory()
      await pair.holdStreams(STREAMS)
      const after = await pair.memory()
      const growth = after.dialer - before.dialer + after.listener - before.listener

      return { memoryStream: [growth / (CONNECTIONS * STREAMS) / 1e3] }
    }
  }
]
