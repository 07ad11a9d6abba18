import { expect } from 'aegir/chai'
import { isJsLibp2p } from '../../src/streams/agent.ts'

describe('what a remote calls itself', () => {
  for (const agent of [
    'js-libp2p/3.3.11 node/24.21.0',
    'js-libp2p/2.0.1 UserAgent=v24.21.0',
    'js-libp2p/0.46.9',
    'helia/6.0.21 browser/Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'a-program/1.0.0 bun/1.3.0',
    '@scope/program/1.0.0 react-native/0.80'
  ]) {
    it(`shows js-libp2p in ${agent}`, () => {
      expect(isJsLibp2p(agent)).to.be.true()
    })
  }

  for (const agent of [
    undefined,
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
    it(`does not in ${agent === '' || agent == null ? 'nothing' : agent}`, () => {
      expect(isJsLibp2p(agent)).to.be.false()
    })
  }
})
