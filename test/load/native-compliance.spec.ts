import tests from '@libp2p/interface-compliance-tests/stream-muxer'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { openPeers } from '../../src/native/sweep.ts'
import { muxersForSuite } from '../support/muxers.ts'
import { nativePair } from '../support/native-pair.ts'

const log = defaultLogger().forComponent('test')

describe('compliance of the muxer, over native connections', function () {
  this.timeout(120_000)

  const setup = muxersForSuite(async () => nativePair(log))

  // some tests open 1,000 streams and an end has 511 channels: the others wait
  tests(setup)

  after(async () => {
    await setup.teardown()
    expect(openPeers()).to.equal(0)
  })
})
