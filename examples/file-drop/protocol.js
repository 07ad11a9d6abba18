/**
 * `/file-drop/1.0.0`: the sender says the name and the size of a file, sends it and
 * half-closes. The receiver answers with the SHA-256 of what it has kept, and closes.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, open, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { lpStream } from '@libp2p/utils'

export const PROTOCOL = '/file-drop/1.0.0'

const MAX_HEADER = 1_024

/**
 * Sends a file, and resolves with its SHA-256 when the receiver has all of it
 *
 * @param {import('@libp2p/interface').Stream} stream
 * @param {string} path
 * @throws {Error} if the receiver has something else
 */
export async function sendFile (stream, path) {
  const { size } = await stat(path)
  const header = new TextEncoder().encode(JSON.stringify({ name: basename(path), size }))
  const hash = createHash('sha256')

  await lpStream(stream).write(header)

  for await (const chunk of createReadStream(path)) {
    hash.update(chunk)

    if (!stream.send(chunk)) {
      await stream.onDrain()
    }
  }

  await stream.close()

  const sent = hash.digest('hex')
  const received = await readText(stream)

  if (received !== sent) {
    throw new Error(`The receiver has ${received === '' ? 'not kept the file' : `SHA-256 ${received}, this file has ${sent}`}`)
  }

  return sent
}

/**
 * Takes a file into a folder, without replacing one that is there
 *
 * @param {import('@libp2p/interface').Stream} stream
 * @param {string} folder
 * @returns the path of the file
 * @throws {Error} if the file is there already, or is not as long as was said
 */
export async function receiveFile (stream, folder) {
  const messages = lpStream(stream, { maxDataLength: MAX_HEADER })
  const { name, size } = JSON.parse(new TextDecoder().decode((await messages.read()).subarray()))

  // a name with a path in it would leave the folder
  const path = join(folder, basename(`${name}`))
  const part = join(folder, `.${randomUUID()}.part`)
  const hash = createHash('sha256')
  const file = await open(part, 'wx')
  let length = 0

  try {
    for await (const chunk of messages.unwrap()) {
      length += chunk.byteLength

      if (length > size) {
        break
      }

      hash.update(chunk.subarray())
      await file.writeFile(chunk.subarray())
    }

    if (length !== size) {
      throw new Error(`${name} should have ${size} bytes, and has ${length}`)
    }

    // unlike rename, fails where the name is taken
    await link(part, path)
  } finally {
    await file.close()
    await rm(part)
  }

  stream.send(new TextEncoder().encode(hash.digest('hex')))
  await stream.close()

  return path
}

/**
 * @param {import('@libp2p/interface').Stream} stream
 */
async function readText (stream) {
  const decoder = new TextDecoder()
  let text = ''

  for await (const chunk of stream) {
    text += decoder.decode(chunk.subarray(), { stream: true })
  }

  return text
}
