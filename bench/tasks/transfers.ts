/**
 * Streams that carry much.
 */
import type { Size, Task } from './task.ts'
import type { FigureName } from '../figures.ts'

const MIB = 1024 * 1024

/**
 * How much goes on each of eight streams, in bytes
 */
const SHARE = 16 * MIB

export const TRANSFER_TASKS: Task[] = [
  {
    name: 'up',
    figures: ['up', 'cpuSender', 'cpuReceiver'],
    seconds: 2,

    async run (pair, size) {
      const bytes = bytesOf(size)
      const { result: [ms], cpu } = await pair.during(async () => pair.transfer('up', bytes))
      const perGib = 1024 * MIB / bytes

      return { up: [rate(bytes, ms)], cpuSender: [cpu.dialer * perGib], cpuReceiver: [cpu.listener * perGib] }
    }
  },
  {
    name: 'down',
    figures: ['down'],
    seconds: 2,

    async run (pair, size) {
      const bytes = bytesOf(size)
      const [ms] = await pair.transfer('down', bytes)

      return { down: [rate(bytes, ms)] }
    }
  },
  longPackets(1_500, 'up1500'),
  longPackets(4_000, 'up4000'),
  {
    name: 'eight streams up',
    figures: ['eight', 'eightFairness', 'eightPing'],
    seconds: 4,
    isLong: true,

    async run (pair) {
      const { ms, pings } = await pair.transferWithPings('up', SHARE, 8)

      return {
        eight: [rate(8 * SHARE, Math.max(...ms))],
        eightFairness: [Math.min(...ms) / Math.max(...ms)],
        eightPing: pings
      }
    }
  },
  {
    name: 'up at 100 ms, with losses',
    figures: ['uploadFar'],
    seconds: 10,
    rounds: 2,
    isLong: true,
    needsUdp: true,

    async run (pair) {
      await pair.connect(100, 1 / 2_000)
      const [ms] = await pair.transfer('up', SHARE)

      return { uploadFar: [rate(SHARE, ms)] }
    }
  },
  echo(0, 'echo', 2),
  echo(50, 'echo50', 1),
  echo(100, 'echo100', 1)
]

function echo (roundTrip: number, name: FigureName, rounds: number): Task {
  return {
    name: roundTrip === 0 ? 'echo' : `echo at ${roundTrip} ms`,
    figures: [name],
    seconds: 5 + roundTrip / 5,
    isLong: true,
    needsUdp: roundTrip > 0,
    rounds,

    async run (pair, size) {
      const bytes = bytesOf(size)
      await pair.connect(roundTrip)
      const [ms] = await pair.transfer('echo', bytes)

      return { [name]: [rate(bytes, ms)] }
    }
  }
}

function longPackets (mtu: number, name: FigureName): Task {
  return {
    name: `up, packets of ${mtu} bytes`,
    figures: [name],
    seconds: 4,
    rounds: 2,
    isLong: true,
    mtu,

    async run (pair, size) {
      const bytes = bytesOf(size)
      const [ms] = await pair.transfer('up', bytes)

      return { [name]: [rate(bytes, ms)] }
    }
  }
}

function bytesOf (size: Size): number {
  return (size === 'full' ? 64 : 32) * MIB
}

/**
 * In MB/s
 */
function rate (bytes: number, ms: number): number {
  return bytes / ms / 1e3
}
