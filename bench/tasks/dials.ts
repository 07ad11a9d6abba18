/**
 * How long it takes to connect.
 */
import type { Task } from './task.ts'
import type { FigureName } from '../figures.ts'
import type { Pair } from '../pair.ts'

/**
 * The first thing that a process does
 */
export const FIRST_DIAL: Task = {
  name: 'first dial',
  figures: ['firstDial'],
  seconds: 1,

  async run (pair) {
    return { firstDial: [await pair.connect()] }
  }
}

export const DIAL_TASKS: Task[] = [
  {
    name: 'dials',
    figures: ['dial', 'dialP99'],
    seconds: 4,

    async run (pair, size) {
      const times = await dials(pair, 0, size === 'full' ? 40 : 6)

      return { dial: times, dialP99: times }
    }
  },
  ...([[10, 'dial10'], [30, 'dial30'], [100, 'dial100']] as const).map(([roundTrip, name]) => far(roundTrip, name))
]

function far (roundTrip: number, name: FigureName): Task {
  return {
    name: `dials at ${roundTrip} ms`,
    figures: [name],
    seconds: roundTrip / 20,
    isLong: roundTrip !== 30,
    needsUdp: true,

    async run (pair, size) {
      return { [name]: await dials(pair, roundTrip, size === 'full' ? 5 : 2) }
    }
  }
}

async function dials (pair: Pair, roundTrip: number, count: number): Promise<number[]> {
  const times: number[] = []

  while (times.length < count) {
    await pair.close()
    times.push(await pair.connect(roundTrip))
  }

  return times
}
