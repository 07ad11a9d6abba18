/**
 * The identity of a node in a file: its private key in the protobuf encoding of
 * libp2p, which js-libp2p and go-libp2p read
 * (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#keys).
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, stat, unlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { UsageError } from './arguments.ts'
import { accessTo, OWNER_ONLY } from './file-access.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { Stats } from 'node:fs'

/**
 * Bytes; an RSA key of 16,384 bits has 9,300
 */
const MAX_LENGTH = 65_536

/**
 * How long another process may take to write a key, in ms, and how often to look
 */
const WRITE_TIMEOUT = 2_000
const WRITE_INTERVAL = 20

export interface KeyFileOptions {
  /**
   * Whether to take a file that others can read
   */
  allowReadable?: boolean

  /**
   * The file is taken, but something is wrong with it
   */
  warn?(message: string): void

  /**
   * Gives a file a second name (link(2))
   */
  link?(existing: string, path: string): Promise<void>
}

/**
 * @throws {UsageError} if there is no such file, or it is not what it should be
 */
export async function readKey (path: string, options: KeyFileOptions = {}): Promise<PrivateKey> {
  const bytes = await readPrivateFile(path, options)
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
export async function readOrCreateKey (path: string, options: KeyFileOptions = {}): Promise<{ key: PrivateKey, isNew: boolean }> {
  await untilWritten(path)

  try {
    return { key: await readKey(path, options), isNew: false }
  } catch (err: any) {
    if (err.cause?.code !== 'ENOENT') {
      throw err
    }
  }

  const created = await createKey(path, options.link ?? link)

  if (created === 'by-another') {
    await untilWritten(path)
  }

  return { key: await readKey(path, options), isNew: created === 'here' }
}

/**
 * The file appears with everything in it or not at all, and takes no other's
 * place. Another process may be faster.
 */
async function createKey (path: string, link: NonNullable<KeyFileOptions['link']>): Promise<'here' | 'by-another'> {
  const bytes = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
  const temporary = `${path}.${randomUUID()}`

  try {
    await writeNew(temporary, bytes)

    try {
      await link(temporary, path)
    } catch (err: any) {
      if (err.code === 'EEXIST') {
        throw err
      }

      // Android, exFAT and some in user space have no links, each with an error of
      // its own: without them the file appears before there is anything in it
      await writeNew(path, bytes)
    } finally {
      await unlink(temporary)
    }

    return 'here'
  } catch (cause: any) {
    if (cause.code === 'EEXIST') {
      return 'by-another'
    }

    throw new UsageError(`can't write ${path} - ${cause.message}`, { cause })
  }
}

async function writeNew (path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY)

  try {
    await file.writeFile(bytes)
    await file.sync().catch(ignoreUnsupported)
  } catch (err) {
    await unlink(path)
    throw err
  } finally {
    await file.close()
  }
}

function ignoreUnsupported (err: NodeJS.ErrnoException): void {
  if (!['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(err.code ?? '')) {
    throw err
  }
}

/**
 * Until there is something in a file that another process makes
 */
async function untilWritten (path: string): Promise<void> {
  const deadline = performance.now() + WRITE_TIMEOUT

  while (performance.now() < deadline && await isEmptyFile(path)) {
    await delay(WRITE_INTERVAL)
  }
}

async function isEmptyFile (path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)

  return stats?.isFile() === true && stats.size === 0
}

async function readPrivateFile (path: string, options: KeyFileOptions): Promise<Uint8Array> {
  try {
    // a named pipe without a writer would be waited for
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))

    try {
      await checkFile(path, await file.stat(), options)

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
 * As ssh(1) does it: what others can read is no secret, unless it can't be
 * otherwise
 */
async function checkFile (path: string, stats: Stats, { allowReadable = false, warn = () => {} }: KeyFileOptions): Promise<void> {
  if (!stats.isFile()) {
    throw new UsageError(`${path} is not a file`)
  }

  if (stats.size > MAX_LENGTH) {
    throw new UsageError(`${path} has ${stats.size} bytes, that is no key`)
  }

  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
  const access = await accessTo(path, stats)
  const exposed = `others can read or write ${path} (mode ${mode}), and whoever has the key is this peer`

  if (access === 'read-only') {
    warn(`others can read ${path} (mode ${mode}), which is on a read-only mount, and whoever has the key is this peer`)
  } else if (access === 'no-modes') {
    warn(`others can read ${path}, whose file system keeps no permissions, and whoever has the key is this peer`)
  } else if (access !== 'private' && allowReadable) {
    warn(exposed)
  } else if (access === 'exposed') {
    throw new UsageError(`${exposed}: chmod 600 ${path}`)
  } else if (access === 'exposed-for-good') {
    throw new UsageError(`${exposed}: it is on a read-only mount, --allow-readable-key takes it as it is`)
  }
}
