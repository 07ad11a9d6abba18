import { expect } from 'aegir/chai'
import { FrameSize } from '../../src/streams/frame-size.ts'

const CHUNK = 1_144

describe('the length of frames', () => {
  for (const agent of [
    'js-libp2p/3.3.11 node/24.21.0',
    'js-libp2p/2.0.1 UserAgent=v24.21.0',
    'js-libp2p/0.46.9',
    'helia/6.0.21 browser/Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'a-program/1.0.0 bun/1.3.0',
    '@scope/program/1.0.0 react-native/0.80'
  ]) {
    it(`is what the specification allows to ${agent}`, () => {
      const size = new FrameSize(CHUNK)
      size.remoteIs(agent)

      expect(size).to.include({ maxMessage: 16_384, long: 14 * CHUNK, short: CHUNK })
      expect(size.longPayload).to.be.within(14 * CHUNK - 8, 14 * CHUNK - 4)
    })
  }

  for (const agent of [
    '',
    'go-libp2p',
    'github.com/libp2p/go-libp2p@v0.51.0',
    'kubo/0.39.0/',
    'rust-libp2p/0.47.0',
    'litep2p/1.0.0',
    'py-libp2p/0.6.0',
    'nim-libp2p/0.0.1',
    'a-node/1.0.0',
    'not-js-libp2p/1.0.0'
  ]) {
    it(`is what everybody reads to ${agent === '' ? 'a remote without a name' : agent}`, () => {
      const size = new FrameSize(CHUNK)
      size.remoteIs(agent)

      expect(size).to.include({ maxMessage: 4_096, long: 3 * CHUNK, short: CHUNK })
    })
  }

  for (const limit of [64, 1_000, 4_096, 5_000, 16_384]) {
    it(`is at most ${limit} where that was asked for, whoever the remote is`, () => {
      const size = new FrameSize(CHUNK, limit)

      for (const agent of ['', 'js-libp2p/3.3.11 node/24.21.0']) {
        size.remoteIs(agent)
        expect(size.maxMessage).to.equal(limit)
        expect(size.long).to.be.within(limit - CHUNK + 1, limit)
        expect(size.short).to.equal(Math.min(limit, CHUNK))
      }
    })
  }
})
