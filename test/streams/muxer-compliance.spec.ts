import tests from '@libp2p/interface-compliance-tests/stream-muxer'
import { memoryPair } from '../support/memory-peer.ts'
import { muxersForSuite } from '../support/muxers.ts'

describe('compliance of the muxer, over memory', () => {
  tests(muxersForSuite(async () => memoryPair()))
})
