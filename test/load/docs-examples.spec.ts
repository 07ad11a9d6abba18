import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { documents, ROOT } from '../docs/documents.ts'
import { DEAD, killAll, startListener } from '../support/command-line.ts'
import type { Fence } from '../docs/documents.ts'

/**
 * Inside of the package, so that it knows itself by its name
 */
const FOLDER = join(ROOT, 'dist/documented-examples')

interface Expected {
  /**
   * What it prints, on standard output or standard error
   */
  prints: RegExp

  /**
   * Whether it goes on then, until it is stopped
   */
  goesOn: boolean

  /**
   * The address that it is given
   */
  address?: 'listener' | 'dead'
}

const LISTENS = /\/ip4\/[\d.]+\/udp\/\d+\/webrtc-direct\/certhash\/uEi[\w-]+\/p2p\/12D3\w+/

/**
 * By document, in their order
 */
const EXPECTED: Record<string, Expected[]> = {
  'docs/programs.md': [
    { prints: LISTENS, goesOn: true },
    { prints: LISTENS, goesOn: true },
    { prints: /^hello\n$/, goesOn: false, address: 'listener' }
  ],
  'docs/certificates.md': [{ prints: /^$/, goesOn: false }],
  'docs/metrics.md': [{ prints: /webrtc-direct\/certhash/, goesOn: true }],
  'docs/networks.md': [{ prints: /^\{/, goesOn: false }],
  'docs/progress.md': [{ prints: /^127\.0\.0\.1 speaks version 1\n$/, goesOn: true, address: 'listener' }],
  'docs/public-node.md': [{ prints: /\/ip4\/192\.0\.2\.1\/udp\/9000\/webrtc-direct\/certhash\/uEi[\w-]+\/p2p\/12D3/, goesOn: true }],
  'docs/stats.md': [{ prints: /roundTripTime: [\d.]+,.*version: 1,/s, goesOn: true, address: 'listener' }],
  'docs/a-dial-that-fails.md': [{ prints: /^Nobody answers there\n$/, goesOn: false, address: 'dead' }]
}

/**
 * The example as it is run: at ports that are free
 */
function adapt (content: string): string {
  return content
    .replace(/(listen: \[[^\]]*\])/g, listen => listen.replaceAll('/udp/9000/', '/udp/0/'))
    .replace('.listen(9464', '.listen(0')
    .replace(/'\.\/(chaos\/.*)\.ts'/, (_, path) => `'${pathToFileURL(join(ROOT, 'dist', `${path}.js`)).href}'`)
}

describe('the examples of the documentation', () => {
  const examples: Array<{ path: string, fences: Fence[] }> = documents()
    .map(({ path, fences }) => ({ path, fences: fences.filter(({ language }) => language === 'ts') }))
    .filter(({ fences }) => fences.length > 0)
  let cwd: string
  let listening: string

  before(async () => {
    const key = await generateKeyPair('Ed25519')
    const { privateKey, pem } = await deriveCertificate(key)
    cwd = await mkdtemp(join(tmpdir(), 'webrtc-direct-examples-'))
    await mkdir(FOLDER, { recursive: true })
    await writeFile(join(cwd, 'node.key'), privateKeyToProtobuf(key))
    await writeFile(join(cwd, 'key.pem'), privateKey)
    await writeFile(join(cwd, 'certificate.pem'), pem)
    listening = (await startListener()).address
  })

  after(async () => {
    killAll()
    await rm(FOLDER, { recursive: true })
    await rm(cwd, { recursive: true })
  })

  it('are each expected to do something', () => {
    expect(Object.fromEntries(examples.map(({ path, fences }) => [path, fences.length])))
      .to.deep.equal(Object.fromEntries(Object.entries(EXPECTED).map(([path, { length }]) => [path, length])))
  })

  examples.forEach(({ path, fences }) => {
    fences.forEach(({ content }, i) => {
      const { prints, goesOn, address } = EXPECTED[path]?.[i] ?? { prints: /(?!)/, goesOn: false }

      it(`do it: ${path}, ${i + 1}`, async () => {
        const file = join(FOLDER, `${path.replaceAll('/', '-')}-${i}.ts`)
        await writeFile(file, adapt(content))

        const args = address == null ? [] : [address === 'dead' ? DEAD : listening]
        const child = spawn(process.execPath, [file, ...args], { cwd })
        const exited = once(child, 'exit')
        let printed = ''

        try {
          if (goesOn) {
            const errors = text(child.stderr)

            for await (const chunk of child.stdout) {
              printed += chunk

              if (prints.test(printed)) {
                return
              }
            }

            expect.fail(`It has ended, and printed ${printed}${await errors}`)
          }

          const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited])
          expect(code).to.equal(0, errors)
          expect(`${output}${errors}`).to.match(prints)
        } finally {
          child.kill('SIGKILL')
          await exited
        }
      })
    })
  })
})
