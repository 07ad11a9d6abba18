/**
 * `webrtc-direct echo`
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { UsageError } from './arguments.ts'
import { connect, describeConnected } from './connect.ts'
import { exchange } from './echo-exchange.ts'
import { formatBytes, formatRate, formatTime } from './format.ts'
import { startDialer } from './node.ts'
import { createProgressBar, showsBars } from './progress-bar.ts'
import { nowAndThen, progressOf } from './progress.ts'
import { ECHO_PROTOCOL } from './send-back.ts'
import type { EchoResult } from './echo-exchange.ts'
import type { DialerOptions } from './node.ts'
import type { Output } from './output.ts'
import type { Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Readable, Writable } from 'node:stream'

export interface EchoOptions extends DialerOptions {
  /**
   * Whether what comes back is not written to standard output
   */
  json: boolean

  /**
   * Whether nothing but errors is written to standard error
   */
  quiet: boolean
}

/**
 * Sends a file, or standard input, and writes what comes back to standard
 * output. Returns whether the bytes that came back are those that were sent.
 *
 * @throws {UsageError} if the file can't be opened
 */
export async function echo (address: Multiaddr, path: string, options: EchoOptions, output: Output, signal: AbortSignal): Promise<boolean> {
  const { input, size } = await openInput(path)
  const node = await startDialer(options)

  try {
    const connected = await connect(node, address, { signal })
    const { connection, peerId } = connected
    const stream = await connection.newStream(ECHO_PROTOCOL, { signal })

    output.machines(describeConnected('connected', connected))
    signal.addEventListener('abort', () => { stream.abort(signal.reason) })

    if (path === '-' && process.stdin.isTTY && !options.quiet) {
      output.note(`Connected to ${peerId}, Ctrl-D ends the input`)
    }

    // a bar and the bytes themselves would spoil each other on a terminal
    const showsBar = size !== 0 && !options.quiet && !options.json && showsBars() && !process.stdout.isTTY && !(path === '-' && process.stdin.isTTY)
    const bar = showsBar ? createProgressBar(size) : undefined
    const start = performance.now()
    let received = 0
    const tell = nowAndThen(() => { output.machines({ event: 'progress', peerId, ...progressOf({ bytes: received, size, elapsed: performance.now() - start }) }) })
    const result = await exchangeStreams(stream, input, options.json ? undefined : process.stdout, (bytes) => {
      received = bytes
      bar?.update(bytes)
      tell()
    }).finally(() => { bar?.stop() })
    const elapsed = performance.now() - start

    report(peerId, result, elapsed, options, output)

    return result.equal
  } finally {
    input.destroy()
    await node.stop()
  }
}

/**
 * Sends the input to its end, and writes what comes back to the output if there
 * is one; `onProgress` is told how many bytes came back
 */
export async function exchangeStreams (stream: Stream, input: Readable, output: Writable | undefined, onProgress: (bytes: number) => void): Promise<EchoResult> {
  return exchange(stream, {
    input: (signal) => addAbortSignal(signal, input),
    output: async (chunk, signal) => {
      if (output?.write(chunk) === false) {
        await once(output, 'drain', { signal })
      }
    },
    createHash: () => createHash('sha256'),
    onProgress: (_, bytesReceived) => { onProgress(bytesReceived) }
  })
}

function report (peerId: string, { bytesSent, bytesReceived, sha256, equal }: EchoResult, elapsed: number, { json, quiet }: EchoOptions, output: Output): void {
  if (json) {
    output.result('', { event: 'summary', peerId, bytesSent, bytesReceived, sha256, equal, elapsed })
  } else if (!quiet) {
    output.note(`sent ${formatBytes(bytesSent)}, received ${formatBytes(bytesReceived)} in ${formatTime(elapsed)} (${formatRate(bytesReceived, elapsed)}), ${equal ? 'equal' : 'NOT EQUAL'}`)
  }
}

async function openInput (path: string): Promise<{ input: Readable, size?: number }> {
  if (path === '-') {
    return { input: process.stdin }
  }

  try {
    const file = await open(path)
    const stat = await file.stat()

    if (stat.isDirectory()) {
      await file.close()
      throw new Error('it is a directory')
    }

    return {
      input: file.createReadStream(),
      size: stat.isFile() ? stat.size : undefined
    }
  } catch (err: any) {
    throw new UsageError(`can't read ${path}: ${err.message}`)
  }
}
