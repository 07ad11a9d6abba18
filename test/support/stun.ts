/**
 * STUN binding requests as a stranger could write them (RFC 8489)
 */
import { createHmac, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const BINDING_REQUEST = 0x0001
const MAGIC_COOKIE = 0x2112a442
const HEADER_LENGTH = 20

const USERNAME = 0x0006
const MESSAGE_INTEGRITY = 0x0008
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
function message (attributes: Buffer[], transactionId: Uint8Array, length: number): Buffer {
  const body = Buffer.concat(attributes)
  const header = Buffer.alloc(HEADER_LENGTH - transactionId.byteLength)
  header.writeUInt16BE(BINDING_REQUEST, 0)
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

  const integrity = createHmac('sha1', pwd).update(message(attributes, transactionId, 24)).digest()
  attributes.push(attribute(MESSAGE_INTEGRITY, integrity))

  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE((crc32(message(attributes, transactionId, 8)) ^ FINGERPRINT_XOR) >>> 0)
  attributes.push(attribute(FINGERPRINT, checksum))

  return message(attributes, transactionId, 0)
}
