import { expect } from 'aegir/chai'
import { sourceOf } from '../../src/admission/source.ts'

describe('the source of a request', () => {
  for (const [host, source] of [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:0db8:0001:0002:0000::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1'],
    ['2001:DB8:1:2::', '2001:db8:1:2'],
    ['2001::5:6', '2001:0:0:0'],
    ['fe80::1', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0']
  ]) {
    it(`of ${host} is ${source}`, () => {
      expect(sourceOf(host)).to.equal(source)
    })
  }
})
