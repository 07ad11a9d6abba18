import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { documents, readDocument, resolveLink, ROOT } from './documents.ts'

describe('the links of the documentation', () => {
  const all = documents()

  it('are found', () => {
    expect(all.map(({ path }) => path)).to.include.members(['README.md', 'docs/options.md', 'src/native/README.md'])
    expect(readDocument('README.md').links).to.include('docs/options.md')
    expect(readDocument('SECURITY.md').anchors).to.include('what-it-does-not-withstand')
  })

  for (const document of all) {
    it(`lead somewhere in ${document.path}`, () => {
      const broken = document.links.filter(link => !/^(?:https?|mailto):/.test(link)).filter(link => {
        const { path, anchor } = resolveLink(document, decodeURIComponent(link))

        if (path.startsWith('..') || !existsSync(join(ROOT, path))) {
          return true
        }

        return anchor != null && path.endsWith('.md') && !readDocument(path).anchors.has(anchor)
      })

      expect(broken).to.deep.equal([])
    })
  }

  it('reach every document from the README', () => {
    const reached = new Set<string>()
    const open = ['README.md']

    for (let path = open.pop(); path != null; path = open.pop()) {
      if (!reached.has(path)) {
        reached.add(path)
        const document = readDocument(path)
        open.push(...document.links
          .filter(link => !link.includes(':'))
          .map(link => resolveLink(document, link).path)
          .filter(path => path.endsWith('.md') && existsSync(join(ROOT, path))))
      }
    }

    expect(all.map(({ path }) => path).filter(path => path.startsWith('docs/') && !reached.has(path))).to.deep.equal([])
  })
})
