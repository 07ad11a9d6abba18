/**
 * The protocols of the tests, by the names that commands and events have for
 * them.
 */
export const PROTOCOLS = {
  echo: '/echo/1.0.0',
  'echo-back': '/interop/echo-back/1.0.0',
  both: '/interop/both/1.0.0',
  sink: '/interop/sink/1.0.0',
  source: '/interop/source/1.0.0',
  'write-until-stopped': '/interop/write-until-stopped/1.0.0',
  'stop-reading': '/interop/stop-reading/1.0.0',
  'expect-reset': '/interop/expect-reset/1.0.0',
  reset: '/interop/reset/1.0.0',
  perf: '/perf/1.0.0'
}

export type ProtocolName = keyof typeof PROTOCOLS

/**
 * More than a connection can hold
 */
export const MAX_STREAMS = 10_000

/**
 * How much there is to read for an end that is about to reset, in bytes
 */
export const UNREAD = 64 * 1024

/**
 * A writer that could write so much was not stopped, in bytes
 */
export const NOT_STOPPED = 64 * 1024 * 1024
