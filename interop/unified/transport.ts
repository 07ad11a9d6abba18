/**
 * The program of the transport suite: dials, pings once, and tells how long both
 * took.
 */
import { PING_PROTOCOL } from '@libp2p/ping'
import { PingStream } from '../../src/cli/ping-stream.ts'
import { runProgram } from './program.ts'
import { transportSuite } from './rendezvous.ts'

await runProgram({
  suite: transportSuite,
  perf: false,

  readMeasurement: () => async (node, address, signal) => {
    const start = performance.now()
    const connection = await node.dial(address, { signal })
    const stream = new PingStream(async (signal) => connection.newStream(PING_PROTOCOL, { signal }))
    const rtt = await stream.ping(signal)
    const handshakePlusOneRtt = performance.now() - start

    await stream.close(signal)

    return [
      'latency:',
      `  handshake_plus_one_rtt: ${handshakePlusOneRtt.toFixed(3)}`,
      `  ping_rtt: ${rtt.toFixed(3)}`,
      '  unit: ms',
      ''
    ].join('\n')
  }
})
