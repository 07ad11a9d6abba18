import { expect } from 'aegir/chai'

describe('the bundle for browsers', () => {
  let inputs: string[]

  before(async () => {
    // @ts-expect-error it has no types
    const { bundle } = await import('../../../scripts/bundle.js')
    inputs = (await bundle('libp2p-transport-webrtc-direct')).inputs
  })

  it('has the transport for browsers in it', () => {
    expect(inputs.some(input => input.endsWith('dist/src/browser/peer.js'))).to.be.true()
    expect(inputs.some(input => input.endsWith('dist/src/streams/muxer.js'))).to.be.true()
  })

  const absent = [
    { what: 'a module of Node.js', pattern: /^node:|\.node\.js$/ },
    { what: 'node-datachannel', pattern: /node-datachannel/ },
    { what: 'the native room', pattern: /src\/native\// },
    { what: 'the listener', pattern: /src\/(?:listener|admission\/)/ },
    { what: 'certificates', pattern: /@peculiar|src\/certificates\// },
    { what: 'the command line', pattern: /src\/cli\/|commander|cli-progress/ },
    { what: '@libp2p/webrtc', pattern: /@libp2p\/webrtc/ }
  ]

  absent.forEach(({ what, pattern }) => {
    it(`has not ${what} in it`, () => {
      expect(inputs.filter(input => pattern.test(input))).to.be.empty()
    })
  })
})
