import { expect } from 'aegir/chai'
import { canMoveCursor, usesColor } from '../../src/cli/color.ts'

const TERMINAL = { isTTY: true }
const FILE = {}

describe('the colours of the command line', () => {
  for (const [destination, env, colored] of [
    [TERMINAL, {}, true],
    [FILE, {}, false],
    [TERMINAL, { TERM: 'dumb' }, false],
    [TERMINAL, { NO_COLOR: '1' }, false],
    [TERMINAL, { NO_COLOR: '' }, true],
    [FILE, { FORCE_COLOR: '1' }, true],
    [FILE, { FORCE_COLOR: '' }, true],
    [TERMINAL, { FORCE_COLOR: '0' }, false],
    [TERMINAL, { FORCE_COLOR: 'false' }, false],
    [FILE, { FORCE_COLOR: '1', NO_COLOR: '1' }, true]
  ] as const) {
    it(`are ${colored ? 'used' : 'not used'} ${destination === TERMINAL ? 'on a terminal' : 'in a file'} with ${JSON.stringify(env)}`, () => {
      expect(usesColor(destination, env)).to.equal(colored)
    })
  }

  it('do not make a file or a dumb terminal one whose cursor moves', () => {
    expect(canMoveCursor(FILE, { FORCE_COLOR: '1' })).to.equal(false)
    expect(canMoveCursor(TERMINAL, { FORCE_COLOR: '1', TERM: 'dumb' })).to.equal(false)
    expect(canMoveCursor(TERMINAL, { NO_COLOR: '1' })).to.equal(true)
  })
})
