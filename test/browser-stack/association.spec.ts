import { setImmediate as aTurn } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { Association } from '../../src/browser/association.ts'
import { FakeClock } from '../support/fake-clock.ts'

/**
 * How long a channel that is negotiated out of band may need, in ms, and how long it takes
 * at most until that is noticed
 */
const PATIENCE = 100
const NOTICED = 4 * PATIENCE

const IDS = [1_018, 1_020, 1_022]

class FakeChannel {
  readyState: RTCDataChannelState = 'connecting'
  onopen?: () => void

  open (): void {
    this.readyState = 'open'
    this.onopen?.()
  }
}

/**
 * A browser in which a channel that is negotiated out of band takes so long to open, in ms
 */
class FakeBrowser {
  readonly clock = new FakeClock(0)
  readonly used: number[] = []
  readonly association: Association
  private readonly delay: number
  isGone = false

  constructor (delay: number) {
    this.delay = delay
    this.association = new Association({
      pc: this as unknown as RTCPeerConnection,
      clock: this.clock,
      ids: IDS,
      onGone: () => { this.isGone = true }
    })
  }

  createDataChannel (_: string, { id }: { id: number }): FakeChannel {
    const channel = new FakeChannel()
    this.used.push(id)

    if (this.delay < Infinity) {
      this.clock.after(this.delay, () => { channel.open() })
    }

    return channel
  }

  async getStats (): Promise<void> {}

  /**
   * A stream opens a channel, which the remote acknowledges after so long, in ms
   */
  openChannel (delay: number): void {
    const channel = new FakeChannel()

    if (delay < Infinity) {
      this.clock.after(delay, () => { channel.open() })
    }

    this.association.expectOpen(channel as unknown as RTCDataChannel)
  }

  async pass (ms: number): Promise<void> {
    for (let i = 0; i < ms; i += PATIENCE / 4) {
      this.clock.pass(PATIENCE / 4)
      await aTurn()
    }
  }
}

describe('the association of a browser', () => {
  for (const delay of [150, 250, 400, 1_000, 30_000, Infinity]) {
    it(`is there while channels that the remote has to acknowledge need ${delay} ms, as in Firefox`, async () => {
      const browser = new FakeBrowser(1)

      for (let i = 0; i < 10; i++) {
        browser.openChannel(delay)
        browser.openChannel(delay)
        await browser.pass(350)
      }

      await browser.pass(40_000)
      expect(browser.isGone).to.be.false()
      expect(browser.used.length).to.be.at.most(1)
      expect(browser.clock.pending).to.equal(0)
    })
  }

  it('is gone where no channel comes to be open, not even one that is negotiated out of band', async () => {
    const browser = new FakeBrowser(Infinity)
    browser.openChannel(Infinity)
    await browser.pass(NOTICED)

    expect(browser.isGone).to.be.true()
  })

  it('is not asked about where channels open', async () => {
    const browser = new FakeBrowser(1)
    browser.openChannel(1)
    await browser.pass(NOTICED)

    expect(browser.used).to.deep.equal([])
    expect(browser.isGone).to.be.false()
    expect(browser.clock.pending).to.equal(0)
  })

  it('is asked about again where a channel was late because the page was busy', async () => {
    const browser = new FakeBrowser(1)

    // open when the answer has come
    browser.openChannel(PATIENCE * 2)
    await browser.pass(NOTICED)
    expect(browser.isGone).to.be.false()
  })

  for (const isThere of [true, false]) {
    it(`is found to be ${isThere ? 'there' : 'gone'} by a look`, async () => {
      const browser = new FakeBrowser(isThere ? 1 : Infinity)
      browser.association.look()
      await browser.pass(NOTICED)

      expect(browser.isGone).to.equal(!isThere)
    })
  }

  it('is taken to be there when all ids are used up', async () => {
    const browser = new FakeBrowser(1)

    for (let i = 0; i < IDS.length + 1; i++) {
      browser.association.look()
      await browser.pass(NOTICED)
    }

    browser.openChannel(Infinity)
    await browser.pass(NOTICED)
    expect(browser.isGone).to.be.false()
    expect(browser.used).to.have.lengthOf(IDS.length)
  })
})
