/**
 * Interrupts a connection of a browser at each of its points
 */
import { getEventListeners } from 'node:events'
import { logger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { recorder, TARGET, turn } from '../support/browser-peers.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { fakeBrowser } from '../support/fake-connection.ts'
import { load, sites } from '../walk/instrument.ts'
import { pointed } from '../walk/pointed.ts'
import { watchPoints } from '../walk/points.ts'
import { Track } from '../walk/track.ts'
import type { dialPeer } from '../../src/browser/connect.ts'
import type { Channel, Peer } from '../../src/ports.ts'
import type { FakeBrowser, FakeConnection } from '../support/fake-connection.ts'

/**
 * So many turns of the event loop, with a timer in each third one, and everything
 * has to have ended
 */
const PATIENCE = 300

const { dialPeer: dial } = await load<{ dialPeer: typeof dialPeer }>('browser/connect.js', 'browser')

/**
 * What differs: how the browser takes the credentials of the page, and whether the
 * remote vanishes without a word
 */
interface Variant extends Pick<FakeBrowser, 'munging'> {
  readonly vanishes: boolean
}

const VARIANTS: Variant[] = [
  { munging: 'allowed', vanishes: false },
  { munging: 'allowed', vanishes: true },
  { munging: 'rejected', vanishes: false },
  { munging: 'ignored', vanishes: false },
  { munging: 'restricted', vanishes: false }
]

interface Dialed extends Variant {
  readonly peer: Peer
  readonly pc: FakeConnection
  readonly caller: AbortController
  readonly track: Track
}

const INTERRUPTIONS: Record<string, (dialed: Dialed) => void> = {
  'the caller aborts': ({ caller }) => { caller.abort() },
  'the connection is closed': ({ peer, track }) => { void track.add('interrupting close', peer.close()) },
  'the remote closes': ({ pc }) => { whileOpen(pc, () => { pc.remoteCloses() }) },
  'the connection is lost': ({ pc }) => { whileOpen(pc, () => { pc.connectionIs('failed') }) }
}

/**
 * A browser tells nothing of a connection that the page has closed. It does so in a
 * turn of its own.
 */
function whileOpen (pc: FakeConnection, happen: () => void): void {
  setImmediate(() => {
    if (!pc.isClosed) {
      happen()
    }
  })
}

async function run ({ peer, pc, caller, track, vanishes }: Dialed): Promise<void> {
  const connected = track.add('connected', peer.connected(caller.signal))
  await turn()
  await turn()
  whileOpen(pc, () => { pc.connects() })
  await connected

  peer.attach({ onChannel: channel => { channel.attach(recorder()) }, onClosed () {} })

  if (vanishes) {
    pc.isAssociated = false
  }

  await track.add('channel', useChannel(peer, pc))
  await track.add('path', peer.path())

  if (vanishes) {
    for (let turns = 0; turns < PATIENCE && !pc.isClosed && !caller.signal.aborted; turns++) {
      await turn()
    }
  }

  await track.add('close', peer.close())
}

async function useChannel (peer: Peer, pc: FakeConnection): Promise<void> {
  const channel: Channel = peer.openChannel()
  channel.attach(recorder())
  whileOpen(pc, () => { pc.remoteOpens(1) })
  await turn()
  channel.send(new Uint8Array(100_000))
  whileOpen(pc, () => { pc.channels.at(-2)?.drains() })
  whileOpen(pc, () => { pc.channels.at(-2)?.receives(new ArrayBuffer(1)) })
  await turn()
  channel.close()
}

/**
 * Returns the points, and what is left
 */
async function interrupted (variant: Variant, point?: string, interrupt?: (dialed: Dialed) => void): Promise<{ points: string[], left: string[] }> {
  const browser = Object.assign(fakeBrowser(), { munging: variant.munging })
  const clock = new FakeClock(1_000)
  const left: string[] = []
  const thrown: unknown[] = []
  const points: string[] = []
  let dialed: Dialed | undefined

  watchPoints((name, place) => {
    points.push(name)

    if (name === point) {
      // those of the set-up begin before there is a peer to do anything to
      const act = (): void => {
        if (dialed != null) {
          interrupt?.(dialed)
        }
      }

      if (dialed == null || place === 'call') {
        queueMicrotask(act)
      } else {
        act()
      }
    }
  })

  try {
    const peer = pointed(dial(TARGET, { log: logger('test'), maxBufferedAmount: 65_536, clock }), 'peer', { thrown })
    dialed = { ...variant, peer, pc: browser.connections[0], caller: new AbortController(), track: new Track() }
    const { pc, caller, track } = dialed
    const progress = { isOver: false }
    void run(dialed).then(() => { progress.isOver = true })

    for (let i = 0; i < PATIENCE && !progress.isOver; i++) {
      await turn()

      if (i % 3 === 2 && clock.pending > 0) {
        clock.fireNext()
      }
    }

    await turn()
    left.push(...track.pending, ...thrown.map(String))
    left.push(...track.failures.filter(([, err]) => err.name === 'Error' || err instanceof TypeError).map(([name, err]) => `${name} has failed with ${String(err)}`))

    for (const [what, isLeft] of Object.entries({
      'a connection of the browser': !pc.isClosed,
      timers: clock.pending > 0,
      'listeners on the signal': getEventListeners(caller.signal, 'abort').length > 0,
      'the point, which was not reached': point != null && !points.includes(point)
    })) {
      if (isLeft) {
        left.push(what)
      }
    }

    return { points, left }
  } finally {
    watchPoints(undefined)
    browser.restore()
  }
}

describe('a connection of a browser that is interrupted', () => {
  const reached = new Set<string>()

  for (const variant of VARIANTS) {
    it(`leaves nothing, where the credentials of the page are ${variant.munging}${variant.vanishes ? ' and the remote vanishes' : ''}`, async () => {
      const { points, left } = await interrupted(variant)
      const findings = [...left]
      points.forEach(point => reached.add(point))

      for (const point of points) {
        for (const [name, interrupt] of Object.entries(INTERRUPTIONS)) {
          const { left } = await interrupted(variant, point, interrupt)
          findings.push(...left.map(what => `${name} at "${point}": ${what}`))
        }
      }

      expect(points).to.have.length.greaterThan(10)
      expect(findings).to.deep.equal([])
    })
  }

  it('is so at every await', () => {
    expect([...sites].filter(site => site.startsWith('browser/') && ![...reached].some(point => point.startsWith(site)))).to.deep.equal([])
  })
})
