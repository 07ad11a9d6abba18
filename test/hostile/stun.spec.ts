import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutated } from '../support/mutations.ts'
import { threads } from '../support/peer-process.ts'
import { bindingRequest } from '../support/stun.ts'
import { twoProcesses } from '../support/two-processes.ts'

const MiB = 1024 * 1024

describe('hostile STUN requests', () => {
  const start = twoProcesses()

  it('do not end a listener, nor make it grow, and leave it open for others', async function () {
    this.timeout(TIMEOUT)

    const { node, peer } = await start()
    const socket = createSocket('udp4')
    const send = promisify((datagram: Uint8Array, callback: (err: Error | null) => void) => { socket.send(datagram, peer.port, '127.0.0.1', callback) })

    // the stack starts its threads
    await (await node.dial(peer.address)).close()
    const before = { ...await peer.memory(), threads: threads(peer.pid) }

    const ufrag = fc.oneof(
      fc.constantFrom('libp2p+webrtc+v1/', 'libp2p+webrtc+v2/', '').map(prefix => prefix + randomBytes(16).toString('hex')),
      fc.string({ unit: 'binary', maxLength: 600 })
    )
    const request = fc.tuple(ufrag, ufrag, fc.boolean()).map(([server, client, isSame]) => bindingRequest(`${server}:${isSame ? server : client}`, server))
    const datagram = fc.oneof(
      { weight: 8, arbitrary: mutated(request) },
      { weight: 1, arbitrary: request },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1_500 }) },
      { weight: 1, arbitrary: fc.tuple(request, fc.integer({ min: 1_000, max: 65_000 })).map(([good, length]) => Buffer.concat([good, Buffer.alloc(length)])) }
    )

    try {
      await fc.assert(fc.asyncProperty(datagram, async datagram => { await send(datagram) }), budget(3_000))

      await node.dial(peer.address)
      const after = await peer.memory()
      expect(after.heap - before.heap).to.be.below(16 * MiB)
      expect(after.rss - before.rss).to.be.below(64 * MiB)
      expect(threads(peer.pid)).to.equal(before.threads)
      expect(peer.output).to.equal('')
    } finally {
      socket.close()
    }
  })
})
