import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect } from 'aegir/chai'
import { readDocument, ROOT } from './documents.ts'

const require = createRequire(import.meta.url)

/**
 * The text of libp2p that the guide names too
 */
const DIAL_QUEUE = join(dirname(require.resolve('libp2p')), 'connection-manager/dial-queue.js')

/**
 * The sources, where `…` stands for what they put into their texts
 */
function sources (): string {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => join(ROOT, 'src', path))

  const text = [...files, DIAL_QUEUE].map(path => readFileSync(path, 'utf8')).join('\n')

  // twice, as one may be in another
  return text.replace(/\$\{[^{}]*\}/g, '…').replace(/\$\{[^{}]*\}/g, '…')
}

describe('the error texts of the guide to dials that fail', () => {
  const texts = readDocument('docs/a-dial-that-fails.md').rows
    .map(([cell]) => /^`(.+)`$/.exec(cell)?.[1])
    .filter(text => text != null)
  const source = sources()

  it('are found', () => {
    expect(texts).to.have.lengthOf.above(25)
  })

  texts.forEach(text => {
    it(`can be thrown: ${text}`, () => {
      expect(source.includes(text)).to.be.true(text)
    })
  })
})
