/**
 * Who else can read a file, and could that be changed?
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, open, readFile, realpath, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Stats } from 'node:fs'

export const OWNER_ONLY = 0o600

const OTHERS = 0o077
const OTHERS_WRITE = 0o022

/**
 * - `private`: only its owner can read the file. One of somebody else that can
 *   be read was meant to be.
 * - `read-only`: others can read it, only its owner could change it, and not even
 *   its owner can: it is on a mount that is read-only, as secrets of containers
 *   are
 * - `no-modes`: the file system does not know who may read what (exFAT, Android)
 * - `exposed`: others can read or change it
 * - `exposed-for-good`: the same, on a mount that is read-only
 */
export type Access = 'private' | 'read-only' | 'no-modes' | 'exposed' | 'exposed-for-good'

export async function accessTo (path: string, { mode, uid }: Pick<Stats, 'mode' | 'uid'>, hasModes = keepsModes): Promise<Access> {
  // Windows has other permissions, and no ids
  if (process.getuid?.() !== uid || (mode & OTHERS) === 0) {
    return 'private'
  }

  if (await isReadOnly(path)) {
    return (mode & OTHERS_WRITE) === 0 ? 'read-only' : 'exposed-for-good'
  }

  return await hasModes(dirname(path)) ? 'exposed' : 'no-modes'
}

async function isReadOnly (path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return false
  } catch (err: any) {
    if (err.code === 'EROFS') {
      return true
    }
  }

  // whoever may not write to the file is told that first
  try {
    return isReadOnlyMount(await readFile('/proc/self/mountinfo', 'utf8'), await realpath(path))
  } catch {
    return false
  }
}

/**
 * Whether the mount that a path, without symbolic links, is on is read-only
 * (proc_pid_mountinfo(5))
 */
export function isReadOnlyMount (mountinfo: string, path: string): boolean {
  let longest = -1
  let options = ''

  for (const line of mountinfo.trim().split('\n')) {
    const [mount, filesystem = ''] = line.split(' - ')
    const fields = mount.split(' ')
    const point = (fields[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))
    const isAbove = path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`)

    // of several at the same point the last one covers the others
    if (isAbove && point.length >= longest) {
      longest = point.length
      options = `${fields[5]},${filesystem.split(' ')[2]}`
    }
  }

  return options.split(',').includes('ro')
}

/**
 * Whether a file is as private as it was made
 */
async function keepsModes (folder: string): Promise<boolean> {
  const probe = join(folder, `.${randomUUID()}`)

  try {
    const file = await open(probe, 'wx', OWNER_ONLY)

    try {
      return ((await file.stat()).mode & OTHERS) === 0
    } finally {
      await file.close()
      await unlink(probe)
    }
  } catch {
    return true
  }
}
