/**
 * How figures read.
 */

/**
 * A time in ms with three digits that count, as in ping(8)
 */
export function formatTime (ms: number): string {
  const decimals = 2 - Math.floor(Math.log10(ms))

  return `${ms.toFixed(Math.max(0, Math.min(3, decimals)))} ms`
}

/**
 * A number of bytes in decimal units
 */
export function formatBytes (bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0

  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }

  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

export function formatRate (bytes: number, elapsedMs: number): string {
  return `${formatBytes(Math.round(1000 * bytes / elapsedMs))}/s`
}

/**
 * `192.0.2.1:9000`, `[2001:db8::1]:9000`
 */
export function formatEndpoint (host: string, port: number | string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * A time in ms as people say it, in two units: 42s, 3m05s, 2h07m, 3d04h
 */
export function formatDuration (ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const two = (value: number): string => `${Math.floor(value)}`.padStart(2, '0')

  if (seconds < 60) {
    return `${seconds}s`
  } else if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  } else if (seconds < 86_400) {
    return `${Math.floor(seconds / 3_600)}h${two(seconds % 3_600 / 60)}m`
  }

  return `${Math.floor(seconds / 86_400)}d${two(seconds % 86_400 / 3_600)}h`
}

/**
 * Texts of the same width, for a column that is read from the right
 */
export function formatColumn (texts: string[]): string[] {
  const width = Math.max(...texts.map(({ length }) => length))

  return texts.map(text => text.padStart(width))
}
