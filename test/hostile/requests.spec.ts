import fc from 'fast-check'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutatedText } from '../support/mutations.ts'
import { checkRequests } from './invariants/requests.ts'
import type { Step } from './invariants/requests.ts'

const UFRAGS = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap(char => [`libp2p+webrtc+v1/${char.repeat(16)}`, `libp2p+webrtc+v2/${char.repeat(22)}`])

describe('hostile requests', function () {
  this.timeout(TIMEOUT)

  it('set up no more than there is room for, whatever becomes of them', () => {
    const after = fc.oneof(fc.nat(50), fc.nat(5_000))
    const ufrag = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...UFRAGS) }, { weight: 1, arbitrary: mutatedText(...UFRAGS) })
    const host = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:1::')
    const request = fc.record({ what: fc.constant('request' as const), after, host, serverUfrag: ufrag, clientUfrag: ufrag })
    const same = request.map(request => ({ ...request, clientUfrag: request.serverUfrag }))
    const other = fc.record({ what: fc.constantFrom('proved' as const, 'secured' as const, 'failed' as const, 'connected' as const), after, index: fc.nat(7) })
    const step: fc.Arbitrary<Step> = fc.oneof({ weight: 4, arbitrary: same }, { weight: 1, arbitrary: request }, { weight: 3, arbitrary: other })

    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), steps => {
      checkRequests(steps)
    }), budget(300))
  })
})
