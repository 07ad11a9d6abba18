/**
 * Streams that carry much.
 */
import type { Size, Task } from './task.ts'
import type { FigureName } from '../figures.ts'

const MIB = 1024 * 1024

function oneWay (way: 'up' | 'down'): Task {
  return {
    name: `64 MiB ${way}`,
    figures: [way],
    seconds: 2,

    async run (pair, size) {
      const bytes = bytesOf(size)
      const [ms] = await pair.transfer(way, bytes)

      return { [way]: [rate(bytes, ms)] } satisfies Partial<Record<FigureName, number[]>>
    }
  }
}

export const TRANSFER_TASKS: Task[] = [oneWay('up'), oneWay('down')]

function bytesOf (size: Size): number {
  return (size === 'full' ? 64 : 32) * MIB
}

/**
 * In MB/s
 */
function rate (bytes: number, ms: number): number {
  return bytes / ms / 1e3
}
