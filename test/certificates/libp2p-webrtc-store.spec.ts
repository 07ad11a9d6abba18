import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { keychain } from '@libp2p/keychain'
import { expect } from 'aegir/chai'
import { FsDatastore } from 'datastore-fs'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../../src/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const THEIR_NODE = fileURLToPath(new URL('../support/libp2p-webrtc-process.js', import.meta.url))
const PASS = 'a password of some length'

describe('a store of @libp2p/webrtc', () => {
  const folder = temporaryFolder()

  /**
   * The certhash of a node with their transport that starts with the store
   */
  async function theirs (): Promise<string | undefined> {
    const { stdout } = await promisify(execFile)(process.execPath, [THEIR_NODE, folder.path, PASS])

    return certhash(JSON.parse(stdout))
  }

  /**
   * The certhash of a node with ours that starts with the store
   */
  async function ours (pass = PASS): Promise<string | undefined> {
    const datastore = new FsDatastore(folder.path)
    await datastore.open()

    const node = await createLibp2p({
      datastore,
      addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
      transports: [webRTCDirect({ certificate: 'generated' })],
      services: { keychain: keychain({ pass }) }
    })

    try {
      return certhash(node.getMultiaddrs().map(ma => ma.toString()))
    } finally {
      await node.stop()
    }
  }

  /**
   * What is in the store about the certificate
   */
  async function contents (): Promise<string[]> {
    const files = await readdir(folder.path, { recursive: true, withFileTypes: true })
    const paths = files.filter(file => file.isFile() && /certificate/.test(file.name)).map(({ parentPath, name }) => join(parentPath, name))

    return Promise.all(paths.sort().map(async path => `${path} ${await readFile(path, 'base64')}`))
  }

  it('is read: the address goes on', async () => {
    const written = await theirs()
    const before = await contents()

    expect(written).to.match(/^uEi/)
    expect(before).to.have.lengthOf(3)
    expect(await ours()).to.equal(written)
    expect(await contents()).to.deep.equal(before)
  })

  it('may be ours: @libp2p/webrtc reads it, on the way back', async () => {
    const written = await ours()

    expect(written).to.match(/^uEi/)
    expect(await theirs()).to.equal(written)
    expect(await ours()).to.equal(written)
  })

  it('with another password is an error, and left as it is', async () => {
    await theirs()
    const before = await contents()

    await expect(ours('another password, also long')).to.eventually.be.rejected()
      .and.have.property('name', 'CertificateStoreError')
    expect(await contents()).to.deep.equal(before)
  })
})

function certhash ([address]: string[]): string | undefined {
  return /\/certhash\/([^/]+)/.exec(address)?.[1]
}
