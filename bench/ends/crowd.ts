/**
 * Many connections to one listener, which stay open.
 */
import type { BenchConnection, End } from './end.ts'

export interface Crowd {
  connected: number
  refused: number

  /**
   * Why, of the first
   */
  reason?: string

  /**
   * How long all of it took, in ms
   */
  ms: number
}

const crowd: BenchConnection[] = []

/**
 * Each node dials one connection at a time
 */
export async function gather (end: End, { address, count, nodes }: { address: string, count: number, nodes: number }): Promise<Crowd> {
  const start = performance.now()
  const result: Crowd = { connected: 0, refused: 0, ms: 0 }
  let begun = 0

  await Promise.all(Array.from({ length: nodes }, async (_, node) => {
    while (begun < count) {
      begun++

      try {
        const connection = await end.dial(address, node)
        crowd.push(connection)
        result.connected++
      } catch (err: any) {
        result.refused++
        result.reason ??= `${err.name}: ${err.message}`
      }
    }
  }))

  return { ...result, ms: performance.now() - start }
}

/**
 * Opens so many streams on each connection, on each of which one byte has come
 * back
 */
export async function holdStreams (count: number): Promise<void> {
  for (const connection of crowd) {
    for (let i = 0; i < count; i++) {
      await holdStream(connection)
    }
  }
}

async function holdStream (connection: BenchConnection): Promise<void> {
  const answered = Promise.withResolvers<void>()

  await connection.open('hold', stream => {
    stream.ended.then(() => { answered.reject(new Error('The stream has ended')) }, answered.reject)
    stream.send(Uint8Array.of(1))

    return {
      onData () { answered.resolve() },
      onEnd () {}
    }
  })
  await answered.promise
}
