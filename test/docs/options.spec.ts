import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect } from 'aegir/chai'
import { readDocument, ROOT } from './documents.ts'

const require = createRequire(import.meta.url)

/**
 * The names of the members of an interface
 */
function members (path: string, name: string): string[] {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(readFileSync(path, 'utf8'))?.[1]

  if (body == null) {
    throw new Error(`${path} has no interface ${name}`)
  }

  return [...body.matchAll(/^ +(\w+)\?:/gm)].map(([, member]) => member)
}

function optionsOf (path: string, name: string, dataChannel: [path: string, name: string]): string[] {
  return [
    ...members(path, name).filter(option => option !== 'dataChannel'),
    ...members(...dataChannel).map(option => `dataChannel.${option}`)
  ].sort()
}

/**
 * What the first cells of the tables of a document name
 */
function named (path: string): string[] {
  return readDocument(path).rows
    .flatMap(([cell]) => [...cell.matchAll(/`([\w.]+)`/g)].map(([, name]) => name))
    .sort()
}

describe('the tables of options', () => {
  const SOURCE = join(ROOT, 'src/options.ts')
  const ours = optionsOf(SOURCE, 'WebRTCDirectInit', [SOURCE, 'DataChannelOptions'])

  it('have every option of the transport, and no other', () => {
    expect(named('docs/options.md')).to.deep.equal(ours)
  })

  it('have every option that there is in @libp2p/webrtc', () => {
    const folder = dirname(require.resolve('@libp2p/webrtc'))
    const index = join(folder, 'index.d.ts')
    const theirs = [
      ...optionsOf(join(folder, 'private-to-public/transport.d.ts'), 'WebRTCTransportDirectInit', [index, 'DataChannelOptions']),
      ...members(join(folder, 'private-to-public/transport.browser.d.ts'), 'WebRTCTransportDirectInit').filter(name => name !== 'dataChannel')
    ]

    expect(named('docs/coming-from-libp2p-webrtc.md')).to.include.members(theirs)
  })

  it('say of the version of @libp2p/webrtc that is here', () => {
    const { version } = JSON.parse(readFileSync(join(dirname(require.resolve('@libp2p/webrtc')), '../../package.json'), 'utf8'))

    expect(readDocument('docs/coming-from-libp2p-webrtc.md').text).to.include(`\`@libp2p/webrtc\` ${version}`)
  })
})
