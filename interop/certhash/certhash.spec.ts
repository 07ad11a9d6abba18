/**
 * Has a node of this transport the certhash that a node of go-libp2p has with the
 * same key? Asks real nodes, and builds the go-libp2p peer of the
 * interoperability tests for that.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { webRTCDirect } from '../../src/index.ts'
import { encodeCerthash } from '../../src/wire/address.ts'
import { buildPeers } from '../build.ts'
import { GO_PEER } from '../peers.ts'
import type { PrivateKey } from '@libp2p/interface'

const KEYS_OF_EACH_TYPE = 10

// the first build takes a minute, and as long for the modules, in ms
const BUILD_TIMEOUT = 600_000

/**
 * From /certhash on: the ports are others
 */
function withoutEndpoint (address: string): string {
  return address.replace(/^.*\/webrtc-direct\//, '')
}

/**
 * A node of go-libp2p listens with the key, tells its address, and ends with its
 * standard input
 */
async function addressOfGo (keyFile: string): Promise<string> {
  const peer = promisify(execFile)(GO_PEER, ['listen', '--key', keyFile])
  peer.child.stdin?.end()
  const { stdout } = await peer
  const { addrs: [address] } = JSON.parse(stdout.split('\n')[0])

  return withoutEndpoint(address)
}

/**
 * A node of this transport listens with the key
 */
async function addressOfNode (privateKey: PrivateKey): Promise<string> {
  const node = await createLibp2p({
    privateKey,
    addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
    transports: [webRTCDirect()]
  })

  try {
    return withoutEndpoint(node.getMultiaddrs()[0].toString())
  } finally {
    await node.stop()
  }
}

/**
 * What a listener would announce: js-libp2p knows no peer ids of ECDSA keys, so
 * there are no nodes with them
 */
async function certhashWithoutNode (privateKey: PrivateKey): Promise<string> {
  const { fingerprint } = await deriveCertificate(privateKey)

  return `certhash/${encodeCerthash(fingerprint)}`
}

describe('the certhash of a key', () => {
  let folder: string

  before(async function () {
    this.timeout(BUILD_TIMEOUT)

    // eslint-disable-next-line no-console
    const missing = await buildPeers(new Set(['go']), line => { console.error(line) })

    folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-certhash-'))

    if (missing.size > 0) {
      this.skip()
    }
  })

  after(async () => {
    await rm(folder, { recursive: true })
  })

  const TYPES: Array<[string, () => Promise<PrivateKey>, (privateKey: PrivateKey) => Promise<string>]> = [
    ['Ed25519', async () => generateKeyPair('Ed25519'), addressOfNode],
    ['secp256k1', async () => generateKeyPair('secp256k1'), addressOfNode],
    ['RSA of 2,048 bits', async () => generateKeyPair('RSA', 2048), addressOfNode],
    ['ECDSA on P-256', async () => generateKeyPair('ECDSA', 'P-256'), certhashWithoutNode],
    ['ECDSA on P-384', async () => generateKeyPair('ECDSA', 'P-384'), certhashWithoutNode],
    ['ECDSA on P-521', async () => generateKeyPair('ECDSA', 'P-521'), certhashWithoutNode]
  ]

  TYPES.forEach(([type, generate, addressOf]) => {
    it(`is the one of go-libp2p: ${type}`, async () => {
      for (let i = 0; i < KEYS_OF_EACH_TYPE; i++) {
        const key = await generate()
        const file = join(folder, `${type} ${i}`)
        await writeFile(file, privateKeyToProtobuf(key), { mode: 0o600 })
        const [theirs, ours] = await Promise.all([addressOfGo(file), addressOf(key)])

        expect(theirs).to.match(/^certhash\/uEi[^/]+\/p2p\/\w+$/)
        expect(ours).to.equal(key.type === 'ECDSA' ? theirs.replace(/\/p2p\/.*/, '') : theirs)
      }
    })
  })
})
