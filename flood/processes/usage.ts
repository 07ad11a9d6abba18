/**
 * What a process takes, as the system sees it.
 */
import { readFileSync, readdirSync } from 'node:fs'

/**
 * USER_HZ of Linux
 */
const TICKS_PER_SECOND = 100

export interface Usage {
  /**
   * Memory, in bytes
   */
  rss: number
  threads: number

  /**
   * Files and sockets that are open
   */
  descriptors: number

  /**
   * Seconds of the processor since its start, of all threads and of the one that
   * runs JavaScript
   */
  cpu: number
  mainThread: number
}

export function usage (pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])

  return {
    rss: field('VmRSS') * 1_024,
    threads: field('Threads'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpu: seconds(`/proc/${pid}/stat`),
    mainThread: seconds(`/proc/${pid}/task/${pid}/stat`)
  }
}

/**
 * What a process or thread has taken, in seconds of the processor
 *
 * @param path - of its `stat` in `/proc`
 */
export function seconds (path: string): number {
  // the name of the program may have spaces
  const [user, system] = readFileSync(path, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number)

  return (user + system) / TICKS_PER_SECOND
}
