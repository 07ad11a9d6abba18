/**
 * Streams that carry little.
 */
import type { Task } from './task.ts'

export const STREAM_TASKS: Task[] = [
  {
    name: 'streams one after another',
    figures: ['streams'],
    seconds: 2,

    async run (pair, size) {
      const { succeeded, ms } = await pair.echoes(size === 'full' ? 500 : 150, 1)

      return { streams: [succeeded * 1e3 / ms] }
    }
  },
  {
    name: 'streams, 32 in flight',
    figures: ['streams32', 'lost32', 'cpuStreamsDialer', 'cpuStreamsListener'],
    seconds: 3,

    async run (pair, size) {
      const { result: { succeeded, lost, ms }, cpu } = await pair.during(async () => pair.echoes(size === 'full' ? 1_500 : 480, 32))
      const scale = 10_000 / succeeded

      return {
        streams32: [succeeded * 1e3 / ms],
        lost32: [lost],
        cpuStreamsDialer: [cpu.dialer * scale],
        cpuStreamsListener: [cpu.listener * scale]
      }
    }
  },
  {
    name: 'request and answer at 100 ms',
    figures: ['answer100'],
    seconds: 3,
    needsUdp: true,

    async run (pair, size) {
      await pair.connect(100)

      return { answer100: await pair.answers(size === 'full' ? 10 : 3) }
    }
  }
]
