import { expect } from 'aegir/chai'
import { FinAcks } from '../../src/streams/fin-acks.ts'

const PATIENCE = 1_000

/**
 * A stream that sends FIN, and is heard at once. Resolves to how long after that
 * it is waived, in ms.
 */
async function fin (acks: FinAcks): Promise<number> {
  const start = performance.now()

  return new Promise(resolve => {
    const waive = (): void => { resolve(performance.now() - start) }
    acks.expect(waive)
    acks.heard(waive)
  })
}

/**
 * As long as one is overdue
 */
async function overdue (): Promise<void> {
  await fin(new FinAcks())
}

describe('acknowledgements of the remote', () => {
  it('are not awaited any more when one is overdue', async () => {
    const acks = new FinAcks()
    const times = await Promise.all([fin(acks), fin(acks)])

    expect(acks.state).to.equal('never')
    expect(Math.min(...times)).to.be.at.least(PATIENCE - 5)
    expect(await fin(acks)).to.be.lessThan(PATIENCE / 2)
  })

  it('may take some round trips', async () => {
    expect(await fin(new FinAcks({ rtt: () => 300 }))).to.be.at.least(4 * 300 - 5)
  })

  it('are awaited while the remote is not heard: it may be dead, and is probed', async () => {
    const probed = Promise.withResolvers<void>()
    const acks = new FinAcks({ probe: () => { probed.resolve() } })
    let waived = false
    const waive = (): void => { waived = true }

    acks.expect(waive)
    await probed.promise
    expect(waived).to.be.false()
    expect(acks.state).to.equal('unknown')

    acks.heard(waive)
    expect(waived).to.be.true()
  })

  it('are overdue as well when the remote is heard elsewhere after that time', async () => {
    const acks = new FinAcks()
    let waived = 0

    acks.expect(() => { waived++ })
    acks.heardElsewhere()
    expect(waived, 'waived at once').to.equal(0)

    await overdue()
    acks.expect(() => { waived++ })
    acks.heardElsewhere()
    expect(waived).to.equal(2)
    expect(acks.state).to.equal('never')
  })

  it('are awaited once there was one', async () => {
    const acks = new FinAcks()
    const waive = (): void => { throw new Error('waived') }

    acks.expect(waive)
    acks.heard(waive)
    acks.received()
    expect(acks.state).to.equal('sent')

    acks.expect(waive)
    acks.heard(waive)
    await overdue()
    expect(acks.state).to.equal('sent')
  })

  it('are awaited again when one comes after all', async () => {
    const acks = new FinAcks()
    await fin(acks)
    acks.received()

    expect(acks.state).to.equal('sent')
  })

  it('are sent to it, but where it sends none only when it has sent one after all', async () => {
    const acks = new FinAcks()
    const sent: string[] = []
    const forgotten = (): void => { sent.push('forgotten') }

    acks.acknowledge(() => { sent.push('first') })
    expect(sent).to.deep.equal(['first'])

    await fin(acks)
    acks.acknowledge(() => { sent.push('second') })
    acks.acknowledge(forgotten)
    acks.forget(forgotten)
    expect(sent).to.deep.equal(['first'])

    acks.received()
    expect(sent).to.deep.equal(['first', 'second'])
  })

  it('are not overdue on a stream that has ended otherwise', async () => {
    const acks = new FinAcks()
    const waive = (): void => { throw new Error('waived') }

    acks.expect(waive)
    acks.heard(waive)
    acks.settled(waive)
    await overdue()

    expect(acks.state).to.equal('unknown')
  })
})
