import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { TypedEventEmitter } from 'main-event'
import { onIdentified } from '../src/identified.ts'
import type { IdentifyResult, Libp2pEvents, PeerId } from '@libp2p/interface'

describe('what identify tells', () => {
  let events: TypedEventEmitter<Libp2pEvents>
  let peers: PeerId[]
  let told: string[]

  beforeEach(async () => {
    events = new TypedEventEmitter()
    peers = await Promise.all([1, 2].map(async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))))
    told = []
  })

  function identify (peerId: PeerId): void {
    events.safeDispatchEvent('peer:identify', { detail: { peerId } as unknown as IdentifyResult })
  }

  function wait (name: string, peer: PeerId): () => void {
    return onIdentified({ events }, peer, ({ peerId }) => { told.push(`${name}: ${peers.indexOf(peerId)}`) })
  }

  it('is passed on to all connections with the peer, each time, and to no other', () => {
    wait('a', peers[0])
    wait('b', peers[0])
    wait('c', peers[1])
    identify(peers[0])
    identify(peers[1])
    identify(peers[0])

    expect(told).to.deep.equal(['a: 0', 'b: 0', 'c: 1', 'a: 0', 'b: 0'])
  })

  it('is not passed on to those that have stopped to listen', () => {
    const [stop] = [wait('a', peers[0]), wait('b', peers[0])]
    stop()
    stop()
    identify(peers[0])

    expect(told).to.deep.equal(['b: 0'])
  })

  it('is listened to once for all connections of a node, and for as long as there are some', () => {
    expect(events.listenerCount('peer:identify')).to.equal(0)

    const stops = [wait('a', peers[0]), wait('b', peers[0]), wait('c', peers[1])]
    expect(events.listenerCount('peer:identify')).to.equal(1)

    stops.forEach(stop => { stop() })
    expect(events.listenerCount('peer:identify')).to.equal(0)

    wait('d', peers[1])
    identify(peers[1])
    expect(told).to.deep.equal(['d: 1'])
  })

  it('is nothing where the node has no events', () => {
    onIdentified({}, peers[0], () => { told.push('told') })()

    expect(told).to.deep.equal([])
  })
})
