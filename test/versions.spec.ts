import { expect } from 'aegir/chai'
import { Versions } from '../src/versions.ts'

describe('the version to dial with', () => {
  it('is 1, and 2 where nobody answers', () => {
    expect(new Versions('auto').toTry('a')).to.deep.equal([1, 2])
  })

  for (const version of [1, 2] as const) {
    it(`is ${version} only, where that was asked for`, () => {
      const versions = new Versions(version)
      versions.onConnected('a', version)
      versions.onRefused()

      expect(versions.toTry('a')).to.deep.equal([version])
    })
  }

  it('is 2 first for a peer that was reached with it, until it is reached with 1 again', () => {
    const versions = new Versions('auto')
    versions.onConnected('a', 2)

    expect(versions.toTry('a')).to.deep.equal([2, 1])
    expect(versions.toTry('b')).to.deep.equal([1, 2])

    versions.onConnected('a', 1)

    expect(versions.toTry('a')).to.deep.equal([1, 2])
  })

  it('is 2 only where the browser refuses 1', () => {
    const versions = new Versions('auto')
    versions.onRefused()

    expect(versions.toTry('a')).to.deep.equal([2])
  })

  it('is remembered of the 1,024 peers that were reached last', () => {
    const versions = new Versions('auto')

    for (let i = 0; i < 1_024; i++) {
      versions.onConnected(`${i}`, 2)
    }

    versions.onConnected('0', 2)
    versions.onConnected('another', 2)

    expect(versions.toTry('0')).to.deep.equal([2, 1])
    expect(versions.toTry('1')).to.deep.equal([1, 2])
    expect(versions.toTry('another')).to.deep.equal([2, 1])
  })

  it('that comes second waits for 1 s, or for half of the time that there is', () => {
    const versions = new Versions('auto')

    expect(versions.delay(4_000)).to.equal(1_000)
    expect(versions.delay(1_500)).to.equal(750)
  })
})
