import { expect } from 'aegir/chai'
import { replaceTable } from '../../chaos/document.ts'
import { paths } from '../../chaos/paths.ts'
import { renderHead, renderMarkdown, renderRow } from '../../chaos/table.ts'

const ROW = {
  path: 'a path with a name that needs more than one line',
  ours: '1 of 1 complete',
  peer: '',
  mustBe: '`close()` resolves | always',
  verdict: 'passed' as const,
  reasons: []
}

describe('table of paths', () => {
  it('has a name for each path, the same in a quick run but for amounts', () => {
    const names = (size: 'full' | 'quick'): string[] => paths(size).map(({ name }) => name)
    const withoutAmounts = (name: string): string => name.replaceAll(/[\d.]+ (MiB|MB)/g, 'some')

    expect(new Set(names('full')).size).to.equal(names('full').length)
    expect(names('quick').map(withoutAmounts)).to.deep.equal(names('full').map(withoutAmounts))
  })

  it('wraps cells, and keeps the columns below each other', () => {
    const columns = (line: string): number[] => [...line.matchAll(/ \| |-\+-/g)].map(({ index }) => index)
    const [head, rule] = renderHead().split('\n')
    const lines = renderRow(ROW).split('\n')

    expect(columns(rule)).to.deep.equal(columns(head))
    expect(columns(lines[0])).to.include(columns(head)[0])
    expect(lines).to.have.length(3)
    expect(lines.slice(0, 2).map(line => line.slice(0, columns(head)[0]).trim()).join(' ')).to.equal(ROW.path)
  })

  it('is a table in Markdown too', () => {
    expect(renderMarkdown([ROW]).split('\n')).to.deep.equal([
      '| path | ours | @libp2p/webrtc | must be | verdict |',
      '| --- | --- | --- | --- | --- |',
      '| a path with a name that needs more than one line | 1 of 1 complete |  | `close()` resolves \\| always | passed |'
    ])
  })

  it('replaces what a document has between the markers, and nothing else', () => {
    const document = 'before\n<!-- begin: written by `npm run chaos` -->\nold\n<!-- end: written by `npm run chaos` -->\nafter\n'
    const replaced = replaceTable(document, 'new', 'chaos')

    expect(replaced).to.equal(document.replace('\nold\n', '\n\nnew\n\n'))
    expect(replaceTable(replaced, 'new', 'chaos')).to.equal(replaced)
    expect(() => replaceTable('no markers', 'new', 'chaos')).to.throw('no lines')
  })
})
