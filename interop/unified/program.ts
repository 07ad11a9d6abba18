/**
 * What the programs of both suites share: a listener that leaves its address and
 * serves until it is told to end, a dialer that finds it and measures.
 *
 * Standard output is for the results of a dialer alone, everything else goes to
 * standard error. The exit code is 0 if it worked and else 1.
 */
import { once } from 'node:events'
import { enable } from '@libp2p/logger'
import { isLoopback } from '@libp2p/utils'
import { listenAddresses, parsePeerAddress } from '../../src/cli/arguments.ts'
import { startDialer, startListener } from '../../src/cli/node.ts'
import { describeError } from '../../src/cli/output.ts'
import { readEnvironment } from './environment.ts'
import { withRendezvous } from './rendezvous.ts'
import type { Environment, Variables } from './environment.ts'
import type { perfSuite, transportSuite } from './rendezvous.ts'
import type { Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * How long to wait for the other end, in ms, as the other implementations do.
 * What is measured may take longer: of its own limit the harness says nothing.
 */
const RENDEZVOUS_TIMEOUT = 180_000

/**
 * How long a dial may take, in ms
 */
const DIAL_TIMEOUT = 30_000

/**
 * Dials, and returns the results, in YAML
 */
export type Measurement = (node: Libp2p, address: Multiaddr, signal: AbortSignal) => Promise<string>

export interface Program {
  suite: typeof transportSuite | typeof perfSuite

  /**
   * Whether the listener serves `/perf/1.0.0`
   */
  perf: boolean

  /**
   * What the dialer measures, as these variables say
   */
  readMeasurement (variables: Variables): Measurement
}

export async function runProgram (program: Program): Promise<void> {
  const interruption = new AbortController()

  // a process that is the first of its container has no default for them
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => { interruption.abort(new Error('interrupted')) })
  }

  try {
    const environment = readEnvironment(process.env)

    if (environment.debug) {
      enable('libp2p:*,-*:trace')
    }

    if (environment.isDialer) {
      await dial(program, environment, interruption.signal)
    } else {
      await listen(program, environment, interruption.signal)
    }
  } catch (err: any) {
    log(`failed: ${describeError(err)}`)
    process.exitCode = 1
  }
}

async function listen ({ suite, perf }: Program, environment: Environment, interruption: AbortSignal): Promise<void> {
  const node = await startListener(listenAddresses(0, environment.listenerIp), { perf })

  try {
    // whoever dials may be in another container
    const addresses = node.getMultiaddrs()
    const address = addresses.find(address => !isLoopback(address)) ?? addresses[0]
    const signal = limit(interruption, environment.timeout ?? RENDEZVOUS_TIMEOUT)

    await withRendezvous(environment, suite, signal, async ({ publish }) => publish(address.toString()))
    log(`listening on ${address}`)

    if (!interruption.aborted) {
      await once(interruption, 'abort')
    }
  } finally {
    await node.stop()
  }
}

async function dial ({ suite, readMeasurement }: Program, environment: Environment, interruption: AbortSignal): Promise<void> {
  const measure = readMeasurement(process.env)
  const signal = limit(interruption, environment.timeout ?? RENDEZVOUS_TIMEOUT)
  const address = parsePeerAddress(await withRendezvous(environment, suite, signal, async ({ find }) => find()))
  const node = await startDialer({ timeout: DIAL_TIMEOUT })

  try {
    log(`dialing ${address}`)
    process.stdout.write(await measure(node, address, limit(interruption, environment.timeout)))
  } finally {
    await node.stop()
  }
}

/**
 * Aborts on interruption, and when the process is as old as the timeout says, in
 * ms, if there is one
 */
function limit (interruption: AbortSignal, timeout?: number): AbortSignal {
  if (timeout == null) {
    return interruption
  }

  const deadline = new AbortController()
  const expire = (): void => { deadline.abort(new Error(`timed out after ${timeout / 1_000} s`)) }

  setTimeout(expire, Math.max(0, timeout - performance.now())).unref()

  return AbortSignal.any([interruption, deadline.signal])
}

export function log (message: string): void {
  process.stderr.write(`${message}\n`)
}
