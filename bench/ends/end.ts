/**
 * What the benchmark needs of an implementation, at both ends.
 */

/**
 * What the listener does with a stream:
 *
 * - `echo` sends back what it reads
 * - `answer` reads 1 KiB, and sends as much at once
 * - `sink` sends how much it has read, when it has read all of it
 * - `source` reads a number, and sends so many bytes
 * - `hold` sends back what it reads, and never ends by itself
 */
export const PROTOCOLS = {
  echo: '/bench/echo/1.0.0',
  answer: '/bench/answer/1.0.0',
  sink: '/bench/sink/1.0.0',
  source: '/bench/source/1.0.0',
  hold: '/bench/hold/1.0.0'
}

/**
 * How long a request is, and its answer, in bytes
 */
export const ANSWER_LENGTH = 1_024

export type Protocol = keyof typeof PROTOCOLS

export interface BenchStream {
  /**
   * Returns whether more may be sent at once. If not, `drained` says when.
   */
  send (data: Uint8Array): boolean
  drained (): Promise<void>

  /**
   * Half-closes. It is for `ended` to tell that it has failed.
   */
  close (): void

  /**
   * Resolves when both ends have closed and it is known, and rejects when the
   * stream fails
   */
  readonly ended: Promise<void>

  abort (err: Error): void
}

/**
 * Who reads a stream
 */
export interface Reader {
  onData (data: Uint8Array): void
  onEnd (): void
}

/**
 * Is given the stream when it is there, and reads it
 */
export type OnStream<T extends Reader = Reader> = (stream: BenchStream) => T

export interface BenchConnection {
  /**
   * Resolves when data may be sent, which is before the remote has heard of it
   * where the implementation can do that
   */
  open <T extends Reader> (protocol: Protocol, onStream: OnStream<T>): Promise<T>

  close (): Promise<void>
}

export interface End {
  /**
   * Resolves to the address to dial
   */
  listen (serve: (protocol: Protocol, stream: BenchStream) => Reader): Promise<string>

  /**
   * Another connection each time, also to the same listener. The nodes, by their
   * number, have a peer id each.
   */
  dial (address: string, node?: number): Promise<BenchConnection>

  /**
   * Resolves when nothing of the set-up is going on any more on a connection
   */
  settled (connection: BenchConnection): Promise<void>
}
