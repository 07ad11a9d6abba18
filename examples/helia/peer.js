/* eslint-disable no-console */
/**
 * Adds files, and reads a file for each CID on standard input:
 * `node peer.js [--connect ADDRESS] [FILE…]`
 */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { startHelia } from './node.js'

const { values: { connect }, positionals } = parseArgs({
  options: { connect: { type: 'string' } },
  allowPositionals: true
})
const { helia, ...node } = await startHelia(['/ip4/127.0.0.1/udp/0/webrtc-direct'])

for (const address of helia.libp2p.getMultiaddrs()) {
  console.error(`address ${address}`)
}

if (connect != null) {
  await node.connect(connect)
}

for (const path of positionals) {
  console.error(`added ${await node.add(await readFile(path))}`)
}

for await (const cid of createInterface({ input: process.stdin })) {
  const content = await node.read(cid)
  process.stdout.write(await content.bytes())
}

await helia.stop()
