/**
 * The two processes of a pair.
 */
import { PeerProcess } from './peer-process.ts'
import { ProcessLog } from './process-log.ts'
import type { Failure } from './outcome.ts'
import type { Ready } from './peer-process.ts'
import type { Pair, PeerKind } from './peers.ts'

export interface ProcessesInit {
  /**
   * The address to listen on
   */
  host?: string

  /**
   * Where to write logs, if anywhere
   */
  logs?: string

  /**
   * What the processes are for, part of the names of the logs
   */
  label: string
}

let logCount = 0

/**
 * The start of the last browser. Each takes all cores: one after another.
 */
let lastBrowser: Promise<unknown> = Promise.resolve()

async function start (kind: PeerKind, args: string[], init: ProcessesInit): Promise<PeerProcess> {
  if (kind.isPage !== true) {
    return startProcess(kind, args, init)
  }

  const started = lastBrowser.then(async () => startProcess(kind, args, init))
  lastBrowser = started.catch(() => {})

  return started
}

async function startProcess ({ command }: PeerKind, args: string[], { logs, label }: ProcessesInit): Promise<PeerProcess> {
  const name = `${String(++logCount).padStart(4, '0')} ${label} ${args[0]}`.replace(/[^\w.]+/g, '-')

  return PeerProcess.start({ command: [...command, ...args], log: new ProcessLog(logs, name) })
}

/**
 * What an implementation says of itself
 */
export async function askWhoItIs (kind: PeerKind, logs?: string): Promise<Ready> {
  const peer = await start(kind, [kind.isPage === true ? 'dial' : 'listen'], { logs, label: kind.name })
  await peer.stop()

  return peer.ready
}

export class Processes {
  readonly dialer: PeerProcess
  readonly listener: PeerProcess
  private readonly pair: Pair

  private constructor (pair: Pair, dialer: PeerProcess, listener: PeerProcess) {
    this.pair = pair
    this.dialer = dialer
    this.listener = listener
  }

  static async start (pair: Pair, init: ProcessesInit): Promise<Processes> {
    const { host = '127.0.0.1' } = init
    const version = pair.dialerVersion == null ? [] : ['--dialer-version', `${pair.dialerVersion}`]
    const [listener, dialer] = await Promise.all([
      start(pair.listener, ['listen', '--host', host], init),
      start(pair.dialer, ['dial', ...version], init)
    ])

    return new Processes(pair, dialer, listener)
  }

  /**
   * Ends both gracefully, and says what went wrong
   */
  async stop (): Promise<Failure[]> {
    const failures: Failure[] = []
    const stop = async (peer: PeerProcess, kind: PeerKind): Promise<void> => {
      try {
        await peer.stop()
      } catch (err: any) {
        failures.push({ check: kind.isOurs ? 'our process' : 'their process', message: `${kind.name}: ${err.message}` })
      }
    }

    await Promise.all([
      stop(this.dialer, this.pair.dialer),
      stop(this.listener, this.pair.listener)
    ])

    return failures
  }

  async kill (): Promise<void> {
    await Promise.all([this.dialer.kill(), this.listener.kill()])
  }
}
