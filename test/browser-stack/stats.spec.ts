import { expect } from 'aegir/chai'
import { BrowserPeers, turn } from '../support/browser-peers.ts'

describe('a connection of a browser, asked how it does', () => {
  let peers: BrowserPeers

  beforeEach(() => {
    peers = new BrowserPeers()
  })

  afterEach(() => {
    peers.stop()
  })

  const pair = { id: 'pair', type: 'candidate-pair', currentRoundTripTime: 0.025, bytesReceived: 1_000 }
  const other = { id: 'other', type: 'candidate-pair', currentRoundTripTime: 0.5, bytesReceived: 7 }

  it('tells what the browser has said before, of the pair that is used', async () => {
    const { peer, pc, clock } = await peers.connect()
    pc.stats = [other, { id: 'transport', type: 'transport', selectedCandidatePairId: 'pair' }, pair]
    clock.pass(1_000)

    expect(peer.rtt()).to.be.undefined()
    await turn()
    expect([peer.rtt(), peer.acknowledged()]).to.deep.equal([25, 1_000])
  })

  it('finds that pair where it is marked (Firefox)', async () => {
    const { peer, pc, clock } = await peers.connect()
    pc.stats = [other, { ...pair, selected: true }]
    clock.pass(1_000)
    peer.rtt()
    await turn()

    expect(peer.rtt()).to.equal(25)
  })

  it('knows nothing where the browser tells nothing', async () => {
    const { peer, pc, clock } = await peers.connect()
    pc.stats = [{ id: 'pair', type: 'candidate-pair', selected: true }]
    clock.pass(1_000)
    peer.rtt()
    await turn()

    expect([peer.rtt(), peer.acknowledged()]).to.deep.equal([undefined, undefined])
  })

  it('asks the browser only when somebody wants to know, and not too often', async () => {
    const { peer, pc, clock } = await peers.connect()
    await turn()
    const before = pc.asked
    clock.pass(60_000)
    await turn()
    expect(pc.asked).to.equal(before)

    for (let i = 0; i < 100; i++) {
      peer.rtt()
      peer.acknowledged()
      clock.pass(10)
      await turn()
    }

    expect(pc.asked - before).to.equal(5)
  })

  it('asks no more when it is closed', async () => {
    const { peer, pc, clock } = await peers.connect()
    const closing = peer.close()
    clock.pass(50)
    await closing
    const before = pc.asked
    clock.pass(1_000)
    peer.rtt()

    expect(pc.asked).to.equal(before)
  })

  it('knows where the remote is, if the browser tells', async () => {
    const { peer, pc } = await peers.connect()
    expect(peer.remoteEndpoint()).to.be.undefined()

    if (pc.sctp != null) {
      pc.sctp.transport.iceTransport = { getSelectedCandidatePair: () => ({ remote: { address: '192.0.2.1', port: 4001 } }) }
    }

    expect(peer.remoteEndpoint()).to.deep.equal({ host: '192.0.2.1', port: 4001 })
  })
})
