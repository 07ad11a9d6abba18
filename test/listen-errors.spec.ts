import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../src/index.ts'
import type { ComponentLogger } from '@libp2p/interface'

/**
 * Collects errors of a component as text
 */
function errorLogger (component: string, errors: string[]): ComponentLogger {
  const logger = defaultLogger()

  return {
    forComponent (name) {
      const log = logger.forComponent(name)

      return name !== component
        ? log
        : Object.assign((...args: Parameters<typeof log>) => { log(...args) }, log, { error: (...args: any[]) => { errors.push(args.join(' ')) } })
    }
  }
}

describe('a listener that can not listen', () => {
  it('logs an error, which libp2p does not tell where others can', async () => {
    const socket = createSocket('udp6')
    socket.bind(0, '::1')
    await once(socket, 'listening')
    const taken = `/ip6/::1/udp/${socket.address().port}/webrtc-direct`
    const errors: string[] = []
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct', taken] },
      transports: [webRTCDirect()],
      logger: errorLogger('libp2p:webrtc-direct:listener', errors)
    })

    expect(node.getMultiaddrs()).to.have.lengthOf(1)
    expect(errors).to.have.lengthOf(1)
    expect(errors[0]).to.include(taken).and.include('ListenError')

    await node.stop()
    socket.close()
  })
})
