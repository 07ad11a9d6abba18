/**
 * STUN binding requests as a stranger could write them, and answers (RFC 8489)
 */
import { createHmac, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { parseCredentials } from '../../src/wire/credentials.ts'

const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const MAGIC_COOKIE = 0x2112a442
const HEADER_LENGTH = 20

const USERNAME = 0x0006
const MESSAGE_INTEGRITY = 0x0008
const XOR_MAPPED_ADDRESS = 0x0020
const PRIORITY = 0x0024
const FINGERPRINT = 0x8028
const ICE_CONTROLLING = 0x802a

const FINGERPRINT_XOR = 0x5354554e

function attribute (type: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(value.byteLength, 2)

  return Buffer.concat([header, value, Buffer.alloc(-value.byteLength & 3)])
}

/**
 * The message so far, with the length that it has when an attribute of
 * `length` bytes follows
 */
function message (type: number, attributes: Buffer[], transactionId: Uint8Array, length: number): Buffer {
  const body = Buffer.concat(attributes)
  const header = Buffer.alloc(HEADER_LENGTH - transactionId.byteLength)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(body.byteLength + length, 2)
  header.writeUInt32BE(MAGIC_COOKIE, 4)

  return Buffer.concat([header, transactionId, body])
}

/**
 * A binding request for ICE (RFC 8445 section 7.2.2) that is right in
 * everything but perhaps its username
 */
export function bindingRequest (username: string, pwd: string): Buffer {
  const transactionId = randomBytes(12)
  const attributes = [
    attribute(USERNAME, Buffer.from(username, 'latin1')),
    attribute(PRIORITY, Buffer.from([0x6e, 0xff, 0xff, 0xff])),
    attribute(ICE_CONTROLLING, randomBytes(8))
  ]

  return sealed(BINDING_REQUEST, attributes, transactionId, pwd)
}

/**
 * The answer to a binding request that came from an address of IPv4, or nothing
 * where it is none
 */
export function bindingSuccess (request: Uint8Array, pwd: string, { address, port }: { address: string, port: number }): Buffer | undefined {
  const view = Buffer.from(request.buffer, request.byteOffset, request.byteLength)

  if (view.byteLength < HEADER_LENGTH || view.readUInt16BE(0) !== BINDING_REQUEST || view.readUInt32BE(4) !== MAGIC_COOKIE) {
    return
  }

  const value = Buffer.from([0, 1, 0, 0, ...address.split('.').map(Number)])
  value.writeUInt16BE(port ^ MAGIC_COOKIE >>> 16, 2)
  value.writeUInt32BE((value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0, 4)

  return sealed(BINDING_SUCCESS, [attribute(XOR_MAPPED_ADDRESS, value)], view.subarray(8, HEADER_LENGTH), pwd)
}

/**
 * What either end answers to a connectivity check of the other one, whose credentials
 * hold its own, or nothing where it is none. The first half of the USERNAME is of the end
 * that answers.
 */
export function answerCheck (check: Uint8Array, from: { address: string, port: number }): Buffer | undefined {
  const [first, second = first] = usernameOf(check).split(':')
  const { pwd } = parseCredentials(second, first)?.client ?? parseCredentials(first, second)?.server ?? {}

  return pwd == null ? undefined : bindingSuccess(check, pwd, from)
}

/**
 * The USERNAME of a binding request, empty where there is none
 */
export function usernameOf (request: Uint8Array): string {
  const view = Buffer.from(request.buffer, request.byteOffset, request.byteLength)
  const { value } = [...attributesOf(view)].find(({ type }) => type === USERNAME) ?? {}

  return value?.toString('latin1') ?? ''
}

function * attributesOf (message: Buffer): Generator<{ type: number, value: Buffer }> {
  for (let i = HEADER_LENGTH; i + 4 <= message.byteLength;) {
    const length = message.readUInt16BE(i + 2)
    yield { type: message.readUInt16BE(i), value: message.subarray(i + 4, i + 4 + length) }
    i += 4 + length + (-length & 3)
  }
}

function sealed (type: number, attributes: Buffer[], transactionId: Uint8Array, pwd: string): Buffer {
  const integrity = createHmac('sha1', pwd).update(message(type, attributes, transactionId, 24)).digest()
  const withIntegrity = [...attributes, attribute(MESSAGE_INTEGRITY, integrity)]

  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE((crc32(message(type, withIntegrity, transactionId, 8)) ^ FINGERPRINT_XOR) >>> 0)

  return message(type, [...withIntegrity, attribute(FINGERPRINT, checksum)], transactionId, 0)
}
