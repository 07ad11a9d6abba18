/* eslint-disable no-console */
/**
 * Two processes talk to each other over WebRTC Direct: a listener, which is the
 * command line of this package, and a dialer, which is this script.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { PING_PROTOCOL } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { exchangeStreams } from '../src/cli/echo.ts'
import { formatBytes, formatRate, formatTime } from '../src/cli/format.ts'
import { formatPingStatistics, pingStatistics } from '../src/cli/ping-statistics.ts'
import { PingStream } from '../src/cli/ping-stream.ts'
import { ECHO_PROTOCOL } from '../src/cli/send-back.ts'
import { webRTCDirect } from '../src/index.ts'
import type { Connection } from '@libp2p/interface'
import type { ChildProcess } from 'node:child_process'

const PINGS = 10
const FILE_SIZE = 16 * 1024 * 1024
const PING_TIMEOUT = 5_000
const BIN = fileURLToPath(new URL('../../bin/webrtc-direct.js', import.meta.url))

async function main (): Promise<void> {
  const start = performance.now()
  const listener = spawn(process.execPath, [BIN, 'listen', '--host', '127.0.0.1', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const listenerExit = once(listener, 'exit')
  const node = await createLibp2p({ transports: [webRTCDirect()] })

  try {
    const address = await listeningAddress(listener)

    console.log(`A listener runs as process ${listener.pid}, this is process ${process.pid}.`)
    console.log(`  ${address}`)

    const dialed = performance.now()
    const connection = await node.dial(multiaddr(address))

    console.log(`\nConnected in ${formatTime(performance.now() - dialed)}: UDP, ICE, DTLS, SCTP, Noise.`)
    console.log(`  dialer   ${node.peerId}`)
    console.log(`  listener ${connection.remotePeer}`)

    await ping(connection)
    await echoFile(connection)
  } finally {
    await node.stop()
    listener.kill('SIGINT')
  }

  const [exitCode] = await listenerExit

  if (exitCode !== 0) {
    throw new Error(`the listener ended with exit code ${exitCode}`)
  }

  console.log(`\nBoth ends are stopped. All of it took ${formatTime(performance.now() - start)}.`)
}

async function listeningAddress (listener: ChildProcess): Promise<string> {
  if (listener.stdout == null) {
    throw new Error('the output of the listener is not a pipe')
  }

  for await (const line of createInterface({ input: listener.stdout })) {
    const { event, addresses } = JSON.parse(line)

    if (event === 'listening') {
      return addresses[0]
    }
  }

  throw new Error('the listener ended before it listened')
}

async function ping (connection: Connection): Promise<void> {
  const stream = new PingStream(async (signal) => connection.newStream(PING_PROTOCOL, { signal }))
  const start = performance.now()
  const rtts: number[] = []

  while (rtts.length < PINGS) {
    rtts.push(await stream.ping(AbortSignal.timeout(PING_TIMEOUT)))
  }

  await stream.close(AbortSignal.timeout(PING_TIMEOUT))

  const statistics = pingStatistics(rtts, PINGS, performance.now() - start)
  console.log(`\n${formatPingStatistics(connection.remotePeer.toString(), statistics)}`)
}

/**
 * Sends a file, closes the stream for writing, and reads on until the listener
 * has sent everything back and closed its end too
 */
async function echoFile (connection: Connection): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-demo-'))

  try {
    const original = join(folder, 'original')
    const copy = join(folder, 'copy')

    await writeFile(original, randomBytes(FILE_SIZE))

    const stream = await connection.newStream(ECHO_PROTOCOL)
    const output = createWriteStream(copy)
    const start = performance.now()
    const { bytesSent, bytesReceived, sha256 } = await exchangeStreams(stream, createReadStream(original), output, () => {})
    const elapsed = performance.now() - start

    await finished(output.end())

    const equal = (await readFile(original)).equals(await readFile(copy))

    console.log(`\nSent a file of ${formatBytes(bytesSent)} and half-closed the stream.`)
    console.log(`  ${formatBytes(bytesReceived)} came back in ${formatTime(elapsed)}: ${formatRate(bytesReceived, elapsed)} in each direction`)
    console.log(`  sha256 ${sha256}, the two files are ${equal ? 'equal' : 'NOT EQUAL'}`)

    if (!equal) {
      throw new Error('other bytes came back than were sent')
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

await main()
