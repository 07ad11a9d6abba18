import { expect } from 'aegir/chai'
import { RequestCounts } from '../../src/cli/request-counts.ts'

const REQUESTS = 'libp2p_webrtc_direct_listener_requests_total'

describe('the requests that a listener has refused', () => {
  it('are counted by reason, without those that it has taken', () => {
    const counts = new RequestCounts()
    const group = counts.metrics().registerCounterGroup(REQUESTS)

    expect(counts.refused()).to.deep.equal({})
    group.increment({ accept: 3, duplicate: 2, ended: 1, full: 1 })
    group.increment({ full: 2, malformed: true })
    group.increment({ rate: 0 })
    expect(counts.refused()).to.deep.equal({ full: 3, malformed: 1 })
  })

  it('are not what other metrics count', () => {
    const counts = new RequestCounts()

    counts.metrics().registerCounterGroup('libp2p_other_total').increment({ full: 1 })
    expect(counts.refused()).to.deep.equal({})
  })
})
