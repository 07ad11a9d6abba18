import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { readDocument, ROOT } from './documents.ts'

describe('the reasons for dependencies', () => {
  it('are given for each that there is, and for no other', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const rows = readDocument('ARCHITECTURE.md').rows.filter(([name]) => /^`[@\w/.-]+`(?:, `[@\w/.-]+`)*$/.test(name))
    const reasons = rows.flatMap(([names]) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name))

    expect(reasons.sort()).to.deep.equal(Object.keys(dependencies).sort())
    expect(rows.filter(([, reason]) => reason.trim() === '')).to.deep.equal([])
  })
})
