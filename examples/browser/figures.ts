/**
 * How figures read on the page.
 */
import { formatTime } from '../../src/cli/format.ts'

/**
 * Stands where there is no figure
 */
export const NONE = '–'

/**
 * How long something has lasted, in ms: `7 s`, `2 min 5 s`, `3 h 20 min`
 */
export function formatDuration (ms: number): string {
  const seconds = Math.floor(ms / 1_000)

  if (seconds < 60) {
    return `${seconds} s`
  }

  const minutes = Math.floor(seconds / 60)

  if (minutes < 60) {
    return `${minutes} min ${seconds % 60} s`
  }

  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/**
 * How long something took, in ms: `320 ms`, `4.2 s`, `2 min 5 s`
 */
export function formatElapsed (ms: number): string {
  if (ms < 1_000) {
    return formatTime(ms)
  }

  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatDuration(ms)
}

/**
 * A time in ms without its unit
 */
export function formatMilliseconds (ms?: number): string {
  return ms == null ? NONE : formatTime(ms).replace(' ms', '')
}

/**
 * A value in ms of an axis
 */
export function formatTick (ms: number): string {
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`
}
