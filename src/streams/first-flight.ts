/**
 * A protocol that the remote has accepted on this connection before, or that it speaks
 * as identify has told, needs no round trip to be negotiated: header, protocol and the
 * first data go at once, and the answer is checked when it comes. See
 * https://github.com/multiformats/multistream-select
 */
import { UnsupportedProtocolError } from '@libp2p/interface'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { BoundedSet } from '../bounded-set.ts'

/**
 * How many protocols are remembered of a remote
 */
const MAX_PROTOCOLS = 64

/**
 * The longest protocol that is sent that way: its length takes one byte
 */
const MAX_LENGTH = 126

const encoder = new TextEncoder()

/**
 * A line of a negotiation, with its length
 *
 * @param text - of at most 126 bytes
 */
export function line (text: string): Uint8Array {
  const bytes = encoder.encode(`${text}\n`)

  return concat([Uint8Array.of(bytes.byteLength), bytes])
}

/**
 * With its length, which every stream begins with
 */
export const MULTISTREAM_HEADER = line('/multistream/1.0.0')

/**
 * What the remote has accepted on a connection, or is known to accept
 */
export class AcceptedProtocols extends BoundedSet<string> {
  constructor () {
    super(MAX_PROTOCOLS)
  }

  add (protocol: string): void {
    if (encoder.encode(protocol).byteLength <= MAX_LENGTH) {
      super.add(protocol)
    }
  }
}

/**
 * The negotiation of one stream, whose result is known beforehand
 */
export class FirstFlight {
  private readonly protocol: string
  private readonly expected: Uint8Array
  private matched = 0

  constructor (protocol: string) {
    this.protocol = protocol

    // it is answered with the same
    this.expected = concat([MULTISTREAM_HEADER, line(protocol)])
  }

  /**
   * What has to be sent before anything else
   */
  get request (): Uint8Array {
    return this.expected
  }

  /**
   * Whether the remote has accepted
   */
  get isOver (): boolean {
    return this.matched === this.expected.byteLength
  }

  /**
   * Reads the answer. Returns what comes behind it.
   *
   * @throws {UnsupportedProtocolError} if the answer is another one
   */
  read (data: Uint8Array): Uint8Array {
    const length = Math.min(data.byteLength, this.expected.byteLength - this.matched)

    if (!equals(data.subarray(0, length), this.expected.subarray(this.matched, this.matched + length))) {
      throw this.refused()
    }

    this.matched += length

    return data.subarray(length)
  }

  /**
   * The remote does not accept the protocol any more
   */
  refused (): UnsupportedProtocolError {
    return new UnsupportedProtocolError(`Protocol selection failed - could not negotiate ${this.protocol}`)
  }
}
