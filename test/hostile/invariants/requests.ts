/**
 * What strangers ask of a listener, and how their set-ups go on
 */
import { expect } from 'aegir/chai'
import { Admission } from '../../../src/admission/admission.ts'
import { isPwd, isUfrag, parseCredentials } from '../../../src/wire/credentials.ts'
import { renderOffer } from '../../../src/wire/sdp.ts'
import { END } from './descriptions.ts'
import type { Reached } from '../../../src/admission/admission.ts'

const LINES_OF_AN_OFFER = 16

// small, so that all are reached
const LIMITS = { maxPending: 3, maxHandshakes: 4, rate: 6, sourceRate: 3, settledAt: 1_000 }

export type Step = { after: number } & (
  { what: 'request', serverUfrag: string, clientUfrag: string, host: string } |

  /** of the set-up with that index, from the oldest */
  { what: 'proved' | 'secured' | 'failed' | 'connected', index: number }
)

/**
 * No more is set up than may be, what does not fit is refused, and nothing that
 * native code would end the process for is let through
 */
export function checkRequests (steps: Step[]): void {
  const setUps = new Map<string, Reached | 'displaced'>()
  const admission = new Admission(LIMITS)
  let now = 0
  let requests = 0

  const displace = (key?: string): void => {
    if (key != null) {
      expect(setUps.get(key), 'gives way').to.be.oneOf(['asked', 'proved', 'secured'])
      setUps.set(key, 'displaced')
    }
  }

  for (const step of steps) {
    now += step.after

    if (step.what === 'request') {
      requests++
      const key = checkCredentials(step.serverUfrag, step.clientUfrag)
      const { verdict, displaced } = admission.request(key, step.host, now)
      expect(verdict === 'malformed').to.equal(key == null)
      expect(verdict === 'duplicate').to.equal(key != null && setUps.has(key))
      expect(displaced == null || (verdict === 'accept' && setUps.get(displaced) === 'asked')).to.equal(true)
      displace(displaced)

      if (key != null && verdict === 'accept') {
        setUps.set(key, 'asked')
      }
    } else {
      const key = [...setUps.keys()][step.index % setUps.size]

      if (key == null) {
        continue
      }

      switch (step.what) {
        case 'proved': {
          const isNew = setUps.get(key) === 'asked'
          const displaced = admission.proved(key, now)
          setUps.set(key, isNew ? 'proved' : setUps.get(key) ?? 'displaced')
          displace(displaced)
          break
        }
        case 'secured':
          admission.secured(key, now)
          setUps.set(key, setUps.get(key) === 'proved' ? 'secured' : setUps.get(key) ?? 'displaced')
          break
        default:
          admission.release(key, step.what === 'connected')
          setUps.delete(key)
      }
    }

    const phases = [...setUps.values()]
    expect(admission.size).to.equal(setUps.size)
    expect(phases.filter(phase => phase === 'asked').length).to.be.at.most(LIMITS.maxPending)
    expect(phases.filter(phase => phase === 'proved' || phase === 'secured').length).to.be.at.most(LIMITS.maxHandshakes)
  }

  const { displaced: _, ...verdicts } = admission.counts
  expect(Object.values(verdicts).reduce((sum, count) => sum + count, 0)).to.equal(requests)
}

/**
 * What tells one set-up from another, if the credentials are of a version
 */
function checkCredentials (serverUfrag: string, clientUfrag: string): string | undefined {
  const credentials = parseCredentials(serverUfrag, clientUfrag)

  if (credentials != null) {
    for (const { ufrag, pwd } of [credentials.client, credentials.server]) {
      expect(isUfrag(ufrag) && isPwd(pwd)).to.equal(true)
    }

    expect(credentials.server.ufrag).to.equal(serverUfrag)
    expect(credentials.client.ufrag).to.equal(clientUfrag)
    expect(renderOffer({ ...END, credentials: credentials.client }).split('\r\n')).to.have.lengthOf(LINES_OF_AN_OFFER)
  }

  return credentials?.server.ufrag
}
