import { once } from 'node:events'
import { expect } from 'aegir/chai'
import { StatusWatch } from '../../src/cli/listen-status.ts'
import { RequestCounts } from '../../src/cli/request-counts.ts'
import { createListener, createNode, echo, stopNodes } from '../support/loopback-nodes.ts'

describe('the status of a listener', () => {
  afterEach(stopNodes)

  it('has what each connection carries, by the time between two looks', async () => {
    let now = 1_000
    const listener = await createListener()
    const watch = new StatusWatch(listener, new RequestCounts(), () => now)

    await expect(watch.look()).to.eventually.deep.equal({ uptime: 0, peers: 0, connections: [], refused: {} })

    const opened = once(listener, 'connection:open')
    const dialer = await createNode()
    const connection = await dialer.dial(listener.getMultiaddrs())
    await opened
    now += 500
    const { uptime, peers, connections: [first] } = await watch.look()

    expect({ uptime, peers }).to.deep.equal({ uptime: 500, peers: 1 })
    expect(first).to.include({ peerId: dialer.peerId.toString(), age: 0, receiveRate: 0, sendRate: 0 })
    expect(first.address).to.match(/^127\.0\.0\.1:\d+$/)

    await echo(connection, new Uint8Array(10_000))
    now += 2_000
    const { connections: [second] } = await watch.look()

    expect(second).to.include({
      age: 2_000,
      receiveRate: (second.bytesReceived - first.bytesReceived) / 2,
      sendRate: (second.bytesSent - first.bytesSent) / 2
    })
    expect(second.receiveRate).to.be.at.least(5_000)
    expect(second.sendRate).to.be.at.least(5_000)
  })

  it('counts a peer with two connections once, and forgets who is gone', async () => {
    const listener = await createListener()
    const watch = new StatusWatch(listener, new RequestCounts())
    const dialer = await createNode()

    for (let i = 0; i < 2; i++) {
      const opened = once(listener, 'connection:open')
      await dialer.dial(listener.getMultiaddrs(), { force: true })
      await opened
    }

    const status = await watch.look()
    expect(status.peers).to.equal(1)
    expect(status.connections).to.have.lengthOf(2)

    const gone = once(listener, 'peer:disconnect')
    await dialer.hangUp(listener.peerId)
    await gone

    await expect(watch.look()).to.eventually.include({ peers: 0 }).and.have.property('connections').that.is.empty()
  })
})
