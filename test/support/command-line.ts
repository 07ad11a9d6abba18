/**
 * Runs the command line as a user does, as a process of its own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inParallel } from './in-parallel.ts'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-direct.js', import.meta.url))

/**
 * Nobody answers there, in `DISCARD` of RFC 863
 */
export const DEAD = '/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/uEiB4DHLLDSkAlDRoOBQVwg2xI2ghg6wNOnDwdnO9L-Uy6Q/p2p/12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi'

/**
 * Each process loads the same modules, which takes most of its time
 */
const COMPILED = join(tmpdir(), 'webrtc-direct-test-compiled')

export interface Result {
  code: number | null
  stdout: Buffer
  stderr: string
}

const processes = new Set<ChildProcessWithoutNullStreams>()

export function start (args: string[], nodeArgs: string[] = []): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [...nodeArgs, BIN, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED }
  })
  processes.add(child)
  child.once('exit', () => { processes.delete(child) })

  return child
}

export async function finish (child: ChildProcessWithoutNullStreams): Promise<Result> {
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'exit')
  ])

  return { code, stdout, stderr }
}

export async function run (args: string[], input: Uint8Array | string = ''): Promise<Result> {
  const child = start(args)
  child.stdin.on('error', () => {})
  child.stdin.end(input)

  return finish(child)
}

/**
 * Runs the command line with each of these arguments
 */
export async function runEach (calls: string[][]): Promise<Result[]> {
  return inParallel(calls, async args => run(args))
}

/**
 * The first line of the output that `matches`
 */
export async function line (child: ChildProcessWithoutNullStreams, matches: (line: string) => boolean): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    if (matches(line)) {
      return line
    }
  }

  throw new Error('the output ended')
}

export interface Listener {
  child: ChildProcessWithoutNullStreams
  address: string
  peerId: string
}

/**
 * Starts a listener on the loopback interface
 */
export async function startListener (...args: string[]): Promise<Listener> {
  const child = start(['listen', '--host', '127.0.0.1', '--json', ...args])
  const { event, addresses: [address], peerId } = JSON.parse(await line(child, () => true))

  if (event !== 'listening') {
    throw new Error(`The first event is ${event}`)
  }

  return { child, address, peerId }
}

/**
 * What `--json` printed
 */
export function objects ({ stdout }: Result): any[] {
  return stdout.toString().trim().split('\n').map(line => JSON.parse(line))
}

/**
 * Ends the processes that a test has left
 */
export function killAll (): void {
  for (const child of processes) {
    child.kill('SIGKILL')
  }
}
