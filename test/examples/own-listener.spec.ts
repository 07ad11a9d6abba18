import { expect } from 'aegir/chai'
import { chooseAddress } from '../../examples/browser/own-listener.ts'

const ADDRESSES = ['/ip4/192.0.2.1/udp/1/webrtc-direct', '/ip4/127.0.0.1/udp/1/webrtc-direct', '/ip6/::1/udp/1/webrtc-direct']

describe('the address that the page fills in', () => {
  for (const [hostname, address] of [
    ['127.0.0.1', ADDRESSES[1]],
    ['localhost', ADDRESSES[1]],
    ['[::1]', ADDRESSES[2]],
    ['192.0.2.1', ADDRESSES[0]],
    ['example.com', ADDRESSES[0]]
  ]) {
    it(`is ${address} for a page from ${hostname}`, () => {
      expect(chooseAddress(ADDRESSES, hostname)).to.equal(address)
    })
  }

  it('is none without a listener', () => {
    expect(chooseAddress([], '127.0.0.1')).to.equal(undefined)
  })
})
