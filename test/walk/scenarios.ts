/**
 * What is interrupted
 */
import type { Ends } from './ends.ts'
import type { TestConnection } from './upgrader.ts'
import type { Scenario } from './walk.ts'
import type { Stream } from '@libp2p/interface'

async function connect (ends: Ends): Promise<void> {
  await ends.listen()
  await ends.dial()
}

export const dial: Scenario = { name: 'a dial', run: connect }

/**
 * Addresses and versions beside each other, then one certificate after the other
 */
export const dialOfMany: Scenario = {
  name: 'a dial of a name with an address that is dead, and a listener of version 2 only',
  init: { isNamed: true, versions: [2], hasManyCerthashes: true },
  run: connect
}

export const refusedByGater: Scenario = {
  name: 'a dial that the gater of the listener refuses',
  init: {
    gater: {
      denyInboundConnection: async () => {
        await new Promise(resolve => { setImmediate(resolve) })

        return true
      }
    }
  },
  run: connect
}

export const refusedByNode: Scenario = {
  name: 'a dial that the node of the listener refuses',
  init: { refuses: true },
  run: connect
}

/**
 * Two messages, each as long as a channel may hold
 */
async function writeAll (stream: Stream): Promise<void> {
  for (let i = 0; i < 2; i++) {
    if (!stream.send(new Uint8Array(2_048))) {
      await stream.onDrain()
    }
  }

  await stream.close()
}

async function readAll (stream: Stream): Promise<void> {
  for await (const data of stream) {
    if (data.byteLength === 0) {
      return
    }
  }
}

async function echo (stream: Stream): Promise<void> {
  for await (const data of stream) {
    if (!stream.send(data)) {
      await stream.onDrain()
    }
  }

  await stream.close()
}

export const exchange: Scenario = {
  name: 'an exchange on streams that both ends open',
  init: { serve: echo },
  async run (ends) {
    await connect(ends)

    await Promise.all(ends.connections.map(async connection => {
      const stream = await ends.track.add('stream', connection.newStream())

      if (stream != null) {
        await Promise.all([
          ends.track.add('write', writeAll(stream)),
          ends.track.add('read', readAll(stream))
        ])
      }
    }))
  }
}

/**
 * More streams at once than a remote that has not answered yet is asked for, with a
 * signal of their own
 */
export const manyStreams: Scenario = {
  name: 'more streams than can be opened at once',
  async run (ends) {
    await connect(ends)
    const [connection] = ends.connections

    if (connection != null) {
      await Promise.all(Array.from({ length: 9 }, async () => {
        const stream = await ends.track.add('stream', connection.newStream({ signal: ends.caller.signal }))
        await ends.track.add('close of a stream', stream?.close({ signal: ends.caller.signal }) ?? Promise.resolve())
      }))
    }
  }
}

async function write (stream: Stream, length: number): Promise<void> {
  stream.send(new Uint8Array(length))
}

type Habit = (stream: Stream, ends: Ends) => void

/**
 * What an application does with a stream
 */
const HABITS: Habit[] = [
  () => {},
  (stream, { track }) => { void track.add('close of a stream', stream.close()) },
  (stream, { track }) => { void track.add('close of reading', stream.closeRead()) },
  (stream, { track }) => {
    void track.add('close of reading', stream.closeRead())
    void track.add('close of a stream', stream.close())
  },
  (stream, { track }) => {
    void track.add('write', write(stream, 2_048))
    stream.abort(new DOMException('It is of no use', 'AbortError'))
  }
]

/**
 * Every habit at one end with every one at the other
 */
export const everyState: Scenario = {
  name: 'streams in every state',
  init: {
    // who hears nothing opens only a few
    serve: async stream => { stream.send(Uint8Array.of(1)) }
  },
  async run (ends) {
    await connect(ends)
    const [dialer, listener] = ends.connections

    if (listener == null) {
      return
    }

    const opened = await open(ends, dialer, HABITS.length ** 2)
    const arrived = listener.streams

    await Promise.all(opened.map(async (stream, i) => {
      HABITS[i % HABITS.length](stream, ends)
      await new Promise(resolve => { setImmediate(resolve) })
    }))

    for (const [i, stream] of arrived.entries()) {
      if (stream.status === 'open') {
        HABITS[Math.floor(i / HABITS.length)](stream, ends)
      }
    }
  }
}

async function open (ends: Ends, connection: TestConnection, count: number): Promise<Stream[]> {
  const streams: Stream[] = []

  for (let i = 0; i < count; i++) {
    const stream = await ends.track.add('stream', connection.newStream())

    if (stream == null) {
      break
    }

    // the remote gets to know of it
    await ends.track.add('write', write(stream, 1))
    streams.push(stream)

    // it answers, so that there may be more
    await new Promise(resolve => { setImmediate(resolve) })
  }

  return streams
}
