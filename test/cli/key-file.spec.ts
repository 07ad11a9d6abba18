import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { readOrCreateKey } from '../../src/cli/key-file.ts'
import { encodeCerthash } from '../../src/wire/address.ts'
import * as command from '../support/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { PrivateKey } from '@libp2p/interface'

const ANNOUNCED = '/ip4/192.0.2.1/udp/9000/webrtc-direct'
const OTHER_CERTHASH = encodeCerthash(new Uint8Array(32))
const OTHER_PEER = '12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi'

// not on Windows, where a file has no mode
const hasModes = process.getuid != null

interface Printed {
  code: number | null
  stdout: string
  stderr: string
}

async function run (...args: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await command.run(args)

  return { code, stdout: stdout.toString(), stderr }
}

/**
 * What a listener prints until it listens
 */
async function listen (...args: string[]): Promise<{ lines: string[], notes: string[] }> {
  const child = command.start(['listen', '--host', '127.0.0.1', ...args])
  const closed = once(child, 'close')
  const lines: string[] = []
  const notes: string[] = []

  createInterface({ input: child.stdout }).on('line', line => lines.push(line))

  for await (const line of createInterface({ input: child.stderr })) {
    notes.push(line)

    if (line.includes('Ctrl-C')) {
      child.kill('SIGKILL')
    }
  }

  await closed

  return { lines, notes }
}

describe('the identity of the command line', () => {
  const folder = temporaryFolder()
  let file: string

  beforeEach(() => {
    file = join(folder.path, 'node.key')
  })

  describe('listen --key', () => {
    it('makes the file, for its owner only, and says so', async () => {
      const { lines, notes } = await listen('--key', file)

      if (hasModes) {
        expect(((await stat(file)).mode & 0o777).toString(8)).to.equal('600')
      }

      expect(notes).to.include(`Made the key of this peer in ${file}`)
      expect(await readdir(folder.path)).to.deep.equal(['node.key'])

      const key = privateKeyFromProtobuf(await readFile(file))
      expect(lines[0]).to.include(`/certhash/${encodeCerthash((await deriveCertificate(key)).fingerprint)}/p2p/${peerIdFromPrivateKey(key)}`)
    })

    it('prints the same at every start', async () => {
      const { lines: [first] } = await listen('--key', file)
      const port = /\/udp\/(\d+)/.exec(first)?.[1] ?? ''
      const bytes = await readFile(file)

      for (let i = 0; i < 2; i++) {
        const { lines, notes } = await listen('--key', file, '--port', port)

        expect(lines).to.deep.equal([first])
        expect(notes).to.have.lengthOf(1)
      }

      expect(await readFile(file)).to.equalBytes(bytes)
    })

    const TYPES: Array<[string, () => Promise<PrivateKey>]> = [
      ['Ed25519', async () => generateKeyPair('Ed25519')],
      ['secp256k1', async () => generateKeyPair('secp256k1')],
      ['RSA', async () => generateKeyPair('RSA', 2048)]
    ]

    TYPES.forEach(([type, generate]) => {
      it(`takes a key of another program: ${type}`, async () => {
        const key = await generate()
        await writeFile(file, privateKeyToProtobuf(key), { mode: 0o600 })

        expect((await listen('--key', file)).lines[0]).to.match(new RegExp(`/p2p/${peerIdFromPrivateKey(key)}$`))
      })
    })

    it('is missing: then every start is another peer', async () => {
      const [one, other] = await Promise.all([listen(), listen()])

      expect(one.lines[0].replace(/.*certhash/, '')).to.not.equal(other.lines[0].replace(/.*certhash/, ''))
    })
  })

  describe('address', () => {
    it('prints what a listener has', async () => {
      const { lines: [line] } = await listen('--key', file)
      const rest = line.replace(/^.*\/webrtc-direct/, '')
      const { code, stdout, stderr } = await run('address', '--key', file, '--announce', ANNOUNCED)

      expect(stdout).to.equal(`${ANNOUNCED}${rest}\n`)
      expect(stderr).to.equal('')
      expect(code).to.equal(0)

      // complete ones stay as they are
      expect((await run('address', '--key', file, '--announce', `${ANNOUNCED}${rest}`)).stdout).to.equal(stdout)
    })

    it('prints one line for each address', async () => {
      await readOrCreateKey(file)
      const { stdout } = await run('address', '--key', file, '--announce', ANNOUNCED, '/ip6/2001:db8::1/udp/9000/webrtc-direct', '--announce', '/ip4/192.0.2.2/udp/9000/webrtc-direct')

      expect(stdout.trim().split('\n').map(line => line.replace(/\/certhash\/uEi[\w-]+\/p2p\/12D3\w+$/, ''))).to.deep.equal([
        ANNOUNCED,
        '/ip6/2001:db8::1/udp/9000/webrtc-direct',
        '/ip4/192.0.2.2/udp/9000/webrtc-direct'
      ])
    })

    it('prints JSON', async () => {
      const { key } = await readOrCreateKey(file)
      const peerId = peerIdFromPrivateKey(key).toString()
      const certhash = encodeCerthash((await deriveCertificate(key)).fingerprint)
      const { stdout } = await run('address', '--json', '--key', file, '--announce', ANNOUNCED)

      expect(JSON.parse(stdout)).to.deep.equal({
        event: 'address',
        peerId,
        certhash,
        addresses: [`${ANNOUNCED}/certhash/${certhash}/p2p/${peerId}`]
      })
    })

    const WRONG: Array<[string[], string]> = [
      [[], "required option '--key <file>' not specified"],
      [['--key', 'node.key'], "required option '--announce <multiaddr...>' not specified"],
      [['--key', 'no/such/file', '--announce', ANNOUNCED], 'there is no no/such/file: webrtc-direct listen --key no/such/file makes it'],
      [['--key', 'node.key', '--announce', '/ip4/192.0.2.1/tcp/9000'], 'not of webrtc-direct'],
      [['--key', 'node.key', '--announce', '/ip4/0.0.0.0/udp/9000/webrtc-direct'], "can't be dialed"],
      [['--key', 'node.key', '--announce', '/ip6/::/udp/9000/webrtc-direct'], "can't be dialed"],
      [['--key', 'node.key', '--announce', '/ip4/192.0.2.1/udp/0/webrtc-direct'], "can't be dialed"]
    ]

    let wrong: command.Result[]

    before(async () => {
      wrong = await command.runEach(WRONG.map(([args]) => ['address', ...args]))
    })

    WRONG.forEach(([args, message], i) => {
      it(`is not used with "${args.join(' ')}"`, () => {
        const { code, stdout, stderr } = wrong[i]

        expect(stderr).to.match(/^webrtc-direct: .*\n$/).and.include(message)
        expect(stdout).to.have.lengthOf(0)
        expect(code).to.equal(2)
      })
    })

    it('refuses an address of another certificate or peer', async () => {
      await readOrCreateKey(file)

      await Promise.all([
        [`${ANNOUNCED}/certhash/${OTHER_CERTHASH}`, 'has the certhash of another certificate'],
        [`${ANNOUNCED}/p2p/${OTHER_PEER}`, 'is of another peer']
      ].map(async ([address, message]) => {
        await expect(run('address', '--key', file, '--announce', address)).to.eventually.include({ code: 2, stdout: '' })
          .and.have.property('stderr').that.include(message)
      }))
    })
  })

  describe('a file', () => {
    const UNUSABLE: Array<[string, (path: string) => Promise<void>, RegExp]> = [
      ['that is empty', async path => writeFile(path, '', { mode: 0o600 }), /holds no private key of libp2p in protobuf/],
      ['that holds something else', async path => writeFile(path, '-----BEGIN PRIVATE KEY-----', { mode: 0o600 }), /holds no private key of libp2p in protobuf/],
      ['that holds an ECDSA key', async path => writeFile(path, privateKeyToProtobuf(await generateKeyPair('ECDSA')), { mode: 0o600 }), /holds an ECDSA key/],
      ['that is too big', async path => writeFile(path, new Uint8Array(65_537), { mode: 0o600 }), /has 65537 bytes, that is no key/],
      ['that is a folder', async path => { await mkdir(path) }, /is not a file/],
      ['that is a link to nothing', async path => { await symlink(join(path, '..', 'nothing'), path) }, /there is no .*node\.key/]
    ]

    UNUSABLE.forEach(([what, prepare, message]) => {
      it(`${what} is an error, and left as it is`, async () => {
        await prepare(file)
        const before = await readdir(folder.path)

        await Promise.all([['address', '--announce', ANNOUNCED], ['listen', '--host', '127.0.0.1']].map(async args => {
          const { code, stdout, stderr } = await run(...args, '--key', file)

          expect(stderr).to.match(/^webrtc-direct: .*\n$/).and.match(message)
          expect(stdout).to.equal('')
          expect(code).to.equal(2)
        }))

        expect(await readdir(folder.path)).to.deep.equal(before)
      })
    })

    if (hasModes) {
      [0o640, 0o604, 0o660].forEach(mode => {
        it(`that others can use (mode 0${mode.toString(8)}) is an error that says what to do`, async () => {
          await readOrCreateKey(file)
          await chmod(file, mode)

          await expect(run('listen', '--key', file)).to.eventually.deep.equal({
            code: 2,
            stdout: '',
            stderr: `webrtc-direct: others can read or write ${file} (mode 0${mode.toString(8)}), and whoever has the key is this peer: chmod 600 ${file}\n`
          })
        })
      })

      it('may be read-only', async () => {
        await readOrCreateKey(file)
        await chmod(file, 0o400)

        await expect(run('address', '--key', file, '--announce', ANNOUNCED)).to.eventually.have.property('code', 0)
      })
    }

    it('that can\'t be made is an error', async () => {
      const path = join(folder.path, 'no', 'node.key')

      await expect(run('listen', '--key', path)).to.eventually.include({ code: 2, stdout: '' })
        .and.have.property('stderr').that.match(/^webrtc-direct: can't write .*ENOENT/)
    })

    it('is made once, by processes that start at the same time', async () => {
      const results = await Promise.all(Array.from({ length: 10 }, async () => readOrCreateKey(file)))

      expect(new Set(results.map(({ key }) => peerIdFromPrivateKey(key).toString()))).to.have.lengthOf(1)
      expect(results.filter(({ isNew }) => isNew)).to.have.lengthOf(1)
      expect(await readdir(folder.path)).to.deep.equal(['node.key'])
    })

    const LINK_ERRORS = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'EINVAL']

    LINK_ERRORS.forEach(code => {
      it(`is made where it can have no second name (${code}), once`, async () => {
        const link = async (): Promise<void> => { throw Object.assign(new Error(`${code}: link`), { code }) }
        const results = await Promise.all(Array.from({ length: 10 }, async () => readOrCreateKey(file, { link })))

        expect(new Set(results.map(({ key }) => peerIdFromPrivateKey(key).toString()))).to.have.lengthOf(1)
        expect(results.filter(({ isNew }) => isNew)).to.have.lengthOf(1)
        expect(await readdir(folder.path)).to.deep.equal(['node.key'])
        expect(((await stat(file)).mode & 0o777).toString(8)).to.equal(hasModes ? '600' : '666')
        expect(await readOrCreateKey(file, { link })).to.have.property('isNew', false)
      })
    })

    it('is waited for while another process writes it', async () => {
      const bytes = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
      await writeFile(file, '', { mode: 0o600 })
      const reading = readOrCreateKey(file)
      await writeFile(file, bytes)

      expect(privateKeyToProtobuf((await reading).key)).to.equalBytes(bytes)
    })
  })
})
