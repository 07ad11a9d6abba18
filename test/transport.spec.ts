import { isTransport } from '@libp2p/interface'
import tests from '@libp2p/interface-compliance-tests/transport'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { expect } from 'aegir/chai'
import { webRTCDirect } from '../src/index.ts'
import { createNode, LOOPBACK, stopNodes } from './support/loopback-nodes.ts'

describe('the transport', () => {
  afterEach(stopNodes)

  it('is a transport', async () => {
    const node = await createNode()

    expect(isTransport((node as any).components.transportManager.getTransports()[0])).to.be.true()
  })

  describe('compliance', () => {
    tests({
      async setup () {
        const config = {
          transports: [webRTCDirect()],
          connectionGater: { denyDialMultiaddr: () => false },
          connectionMonitor: { enabled: false }
        }

        return {
          dialer: { ...config },
          listener: { ...config, addresses: { listen: [LOOPBACK, LOOPBACK] } },
          dialMultiaddrMatcher: WebRTCDirect,
          listenMultiaddrMatcher: WebRTCDirect
        }
      },
      async teardown () {}
    })
  })
})
