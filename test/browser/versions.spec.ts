import { expect } from 'aegir/chai'
import { listenerOfEachTest } from './listener.ts'
import { chromiumOfSuite } from './pages.ts'
import type { FieldTrial } from './field-trials.ts'
import type { DialerVersion } from '../../interop/browser/implementations.ts'

interface Expectation {
  /**
   * Of the option `dialerVersion`
   */
  dialerVersion: DialerVersion

  /**
   * Which version carries the connection, or the error
   */
  becomes: 1 | 2 | RegExp

  /**
   * How long the first dial of a page may take, in ms
   */
  first: number
}

/**
 * Much longer than it takes on a machine that does nothing else
 */
const AT_ONCE = 900

/**
 * The other version is tried after 1 s
 */
const AFTER_DELAY = 2_500

/**
 * A browser in which nothing is sent gives the dial up after 4 s
 */
const ICE_TIMEOUT = 5_500

const TABLE: Array<{ trial?: FieldTrial, expectations: Expectation[] }> = [
  {
    expectations: [
      { dialerVersion: 'auto', becomes: 1, first: AT_ONCE },
      { dialerVersion: 1, becomes: 1, first: AT_ONCE },
      { dialerVersion: 2, becomes: 2, first: AT_ONCE }
    ]
  },
  {
    trial: 'NoSdpMangleUfrag',
    expectations: [
      { dialerVersion: 'auto', becomes: 2, first: AT_ONCE },
      { dialerVersion: 1, becomes: /^MungingRefusedError: /, first: AT_ONCE },
      { dialerVersion: 2, becomes: 2, first: AT_ONCE }
    ]
  },
  {
    trial: 'NoSdpMangleUfragRestrictedAddresses',
    expectations: [
      { dialerVersion: 'auto', becomes: 2, first: AFTER_DELAY },
      { dialerVersion: 1, becomes: /^(MungingRefused|SetupTimeout)Error: /, first: ICE_TIMEOUT },
      { dialerVersion: 2, becomes: 2, first: AT_ONCE }
    ]
  }
]

for (const { trial, expectations } of TABLE) {
  describe(`a page in Chromium${trial == null ? '' : ` with the field trial ${trial}`}`, () => {
    const chromium = chromiumOfSuite({ trial })
    const listener = listenerOfEachTest()

    for (const { dialerVersion, becomes, first } of expectations) {
      if (becomes instanceof RegExp) {
        it(`can't dial where dialerVersion is ${dialerVersion}, and says why`, async () => {
          const page = await chromium.open({ dialerVersion })
          const { error, ms } = await page.failToDial(listener.current.address)

          expect(error).to.match(becomes)
          expect(ms).to.be.lessThan(first)
        })

        continue
      }

      it(`dials with version ${becomes} where dialerVersion is ${dialerVersion}`, async () => {
        const { address, peer } = listener.current
        const page = await chromium.open({ dialerVersion })
        const dialed = await page.dial(address)

        expect(dialed.version).to.equal(becomes)
        expect(dialed.ms).to.be.lessThan(first)

        await page.ask('exchange', { peer, protocol: 'echo', bytes: 1_000_000 })
        await page.ask('close', { peer })

        // what worked is remembered
        const again = await page.dial(address)

        expect(again.version).to.equal(becomes)
        expect(again.ms).to.be.lessThan(AT_ONCE)
      })
    }
  })
}
