/**
 * What the harness tells a container, by environment variables.
 */
import { isIP } from 'node:net'

export interface Environment {
  isDialer: boolean

  /**
   * The Redis server where the two ends meet
   */
  redisAddress: { host: string, port: number }

  /**
   * The key at which the listener leaves its address; another one in every test
   */
  addressKey: string

  /**
   * The address of the interface to listen on
   */
  listenerIp: string

  /**
   * Whether the log shall be verbose
   */
  debug: boolean

  /**
   * How long the test may take, in ms; nothing where the harness leaves that to
   * itself
   */
  timeout?: number
}

export type Variables = Record<string, string | undefined>

/**
 * @throws {Error} if a variable is missing, or makes no sense
 */
export function readEnvironment (variables: Variables): Environment {
  const transport = required(variables, 'TRANSPORT')

  if (transport !== 'webrtc-direct') {
    throw new Error(`TRANSPORT is ${transport}, this is an implementation of webrtc-direct`)
  }

  const listenerIp = optional(variables, 'LISTENER_IP') ?? '0.0.0.0'

  if (isIP(listenerIp) === 0) {
    throw new Error(`LISTENER_IP is ${listenerIp}, it must be an IP address`)
  }

  return {
    isDialer: readBoolean('IS_DIALER', required(variables, 'IS_DIALER')),
    redisAddress: readRedisAddress(required(variables, 'REDIS_ADDR')),
    addressKey: `${required(variables, 'TEST_KEY')}_listener_multiaddr`,
    listenerIp,
    debug: readBoolean('DEBUG', optional(variables, 'DEBUG') ?? 'false'),
    timeout: optional(variables, 'TEST_TIMEOUT_SECS') == null ? undefined : 1_000 * readNumber(variables, 'TEST_TIMEOUT_SECS', 0)
  }
}

/**
 * A whole number above 0
 *
 * @throws {Error} if it is something else
 */
export function readNumber (variables: Variables, name: string, fallback: number): number {
  const text = optional(variables, name)

  if (text == null) {
    return fallback
  }

  const number = Number(text)

  if (!/^\d+$/.test(text) || number === 0 || !Number.isSafeInteger(number)) {
    throw new Error(`${name} is ${text}, it must be a whole number above 0`)
  }

  return number
}

function readBoolean (name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') {
    throw new Error(`${name} is ${text}, it must be true or false`)
  }

  return text === 'true'
}

function readRedisAddress (text: string): Environment['redisAddress'] {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? []

  if (host == null) {
    throw new Error(`REDIS_ADDR is ${text}, it must be a host and a port, as in transport-redis:6379`)
  }

  return { host, port: Number(port) }
}

function required (variables: Variables, name: string): string {
  const text = optional(variables, name)

  if (text == null) {
    throw new Error(`${name} is missing`)
  }

  return text
}

/**
 * The harness writes what it has no value for as null, or as nothing
 */
function optional (variables: Variables, name: string): string | undefined {
  const text = variables[name]

  return text === '' || text === 'null' ? undefined : text
}
