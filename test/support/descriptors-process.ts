/**
 * A process that dials and listens with fewer and fewer file descriptors left.
 * Prints with how many it did, and the name of the error with fewer.
 */
import { openSync, closeSync } from 'node:fs'
import { devNull } from 'node:os'
import { defaultLogger } from '@libp2p/logger'
import { dialPeer } from '../../src/native/connect.ts'
import { openMux } from '../../src/native/sockets.ts'
import { loadStack } from '../../src/native/stack.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'

const log = defaultLogger().forComponent('test')
const names = new Set<string>()

async function attempt (): Promise<void> {
  const mux = await openMux({ host: '127.0.0.1', port: 0, family: 4 }, () => {}, log)
  mux.close()

  await dialPeer({ host: '127.0.0.1', port: mux.port, family: 4, fingerprints: [new Uint8Array(32)] }, generateCredentials(1), { log, maxBufferedAmount: 1, mtu: 1_280 }).close()
}

await loadStack()

const files: number[] = []

try {
  while (true) {
    files.push(openSync(devNull, 'r'))
  }
} catch (err: any) {
  names.add(err.code)
}

// libuv needs some for what it does itself
for (let left = 0; left < 20; left++) {
  await attempt().then(() => { names.add('fine') }, ({ name }) => { names.add(name) })
  closeSync(files.pop() ?? 0)
}

console.info([...names].join()) // eslint-disable-line no-console
