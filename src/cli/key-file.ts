/**
 * The identity of a node in a file: its private key in the protobuf encoding of
 * libp2p, which js-libp2p and go-libp2p read
 * (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#keys).
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { UsageError } from './arguments.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { Stats } from 'node:fs'

const OWNER_ONLY = 0o600

/**
 * Bytes; an RSA key of 16,384 bits has 9,300
 */
const MAX_LENGTH = 65_536

/**
 * @throws {UsageError} if there is no such file, or it is not what it should be
 */
export async function readKey (path: string): Promise<PrivateKey> {
  const bytes = await readPrivateFile(path)
  let key: PrivateKey

  try {
    key = privateKeyFromProtobuf(bytes)
  } catch (err: any) {
    throw new UsageError(`${path} holds no private key of libp2p in protobuf - ${err.message}`)
  }

  if (key.type === 'ECDSA') {
    throw new UsageError(`${path} holds an ECDSA key, and js-libp2p has no peer ids of such: it must be Ed25519, secp256k1 or RSA`)
  }

  return key
}

/**
 * Reads the key, or makes one if there is no such file. Of several processes that
 * make one at the same time all get the same.
 *
 * @throws {UsageError} if the file can't be made, or is not what it should be
 */
export async function readOrCreateKey (path: string): Promise<{ key: PrivateKey, isNew: boolean }> {
  try {
    return { key: await readKey(path), isNew: false }
  } catch (err: any) {
    if (err.cause?.code !== 'ENOENT') {
      throw err
    }
  }

  const isNew = await createKey(path)

  return { key: await readKey(path), isNew }
}

/**
 * The file appears with everything in it or not at all, and takes no other's
 * place. Returns whether it did: another process may have been faster.
 */
async function createKey (path: string): Promise<boolean> {
  const bytes = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
  const temporary = `${path}.${randomUUID()}`

  try {
    const file = await open(temporary, 'wx', OWNER_ONLY)

    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }

    try {
      await link(temporary, path)
    } finally {
      await unlink(temporary)
    }

    return true
  } catch (cause: any) {
    if (cause.code === 'EEXIST') {
      return false
    }

    throw new UsageError(`can't write ${path} - ${cause.message}`, { cause })
  }
}

async function readPrivateFile (path: string): Promise<Uint8Array> {
  try {
    // a named pipe without a writer would be waited for
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))

    try {
      const stats = await file.stat()
      checkFile(path, stats)

      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause: any) {
    if (cause instanceof UsageError) {
      throw cause
    }

    throw new UsageError(cause.code === 'ENOENT'
      ? `there is no ${path}: webrtc-direct listen --key ${path} makes it`
      : `can't read ${path} - ${cause.message}`, { cause })
  }
}

/**
 * As ssh(1) does it: what others can read is no secret. A file of somebody else
 * that can be read was meant to be, as a secret in a container.
 */
function checkFile (path: string, stats: Stats): void {
  const { mode, uid, size } = stats

  if (!stats.isFile()) {
    throw new UsageError(`${path} is not a file`)
  }

  // Windows has other permissions, and no ids
  if (process.getuid?.() === uid && (mode & 0o077) !== 0) {
    throw new UsageError(`others can read or write ${path} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}), and whoever has the key is this peer: chmod 600 ${path}`)
  }

  if (size > MAX_LENGTH) {
    throw new UsageError(`${path} has ${size} bytes, that is no key`)
  }
}
