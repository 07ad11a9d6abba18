import { mock } from 'node:test'
import { expect } from 'aegir/chai'
import { FinAcks } from '../../src/streams/fin-acks.ts'

const PATIENCE = 1_000

interface Fin {
  waived: boolean
}

/**
 * A stream that sends FIN, and is heard at once
 */
function fin (acks: FinAcks): Fin {
  const fin = { waived: false }
  const waive = (): void => { fin.waived = true }
  acks.expect(waive)
  acks.heard(waive)

  return fin
}

/**
 * A remote that sends no FIN_ACK, which is known
 */
function never (): FinAcks {
  const acks = new FinAcks()
  fin(acks)
  mock.timers.tick(PATIENCE)

  return acks
}

describe('acknowledgements of the remote', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
  })

  afterEach(() => {
    mock.timers.reset()
  })

  it('are not awaited any more when one is overdue', () => {
    const acks = new FinAcks()
    const fins = [fin(acks), fin(acks)]

    mock.timers.tick(PATIENCE - 1)
    expect(fins).to.deep.equal([{ waived: false }, { waived: false }])
    expect(acks.state).to.equal('unknown')

    mock.timers.tick(1)
    expect(fins).to.deep.equal([{ waived: true }, { waived: true }])
    expect(acks.state).to.equal('never')
    expect(fin(acks)).to.deep.equal({ waived: true })
  })

  it('may take some round trips', () => {
    const stream = fin(new FinAcks({ rtt: () => 300 }))

    mock.timers.tick(4 * 300 - 1)
    expect(stream.waived).to.be.false()

    mock.timers.tick(1)
    expect(stream.waived).to.be.true()
  })

  describe('behind much that the remote has sent before', () => {
    const MUCH = 16 * 1024
    let received = 0

    beforeEach(() => {
      received = 0
    })

    function late (): { acks: FinAcks, stream: Fin } {
      const acks = new FinAcks({ bytesReceived: () => received })
      const stream = fin(acks)
      received += 100 * 1024
      mock.timers.tick(PATIENCE)

      return { acks, stream }
    }

    it('are awaited for as long as it arrives', () => {
      const { acks, stream } = late()

      for (let i = 0; i < 10; i++) {
        received += MUCH + 1
        acks.heardElsewhere()
        mock.timers.tick(200)
        expect(stream.waived).to.be.false()
      }

      acks.received()
      expect(acks.state).to.equal('sent')
      mock.timers.tick(100_000)
      expect(stream.waived).to.be.false()
      expect(acks.state).to.equal('sent')
    })

    it('are not awaited any more once it does not', () => {
      const { acks, stream } = late()

      received += MUCH
      mock.timers.tick(199)
      expect(stream.waived).to.be.false()
      mock.timers.tick(1)
      expect(stream.waived).to.be.true()
      expect(acks.state).to.equal('never')
    })

    it('are awaited for 5 s at most where it never ends', () => {
      const { acks, stream } = late()

      for (let i = 0; i < 24; i++) {
        received += 2 * MUCH
        mock.timers.tick(200)
        expect(stream.waived).to.be.false()
      }

      received += 2 * MUCH
      mock.timers.tick(200)
      expect(acks.state).to.equal('never')
    })

    it('are nothing that is looked for once no stream waits', () => {
      const acks = new FinAcks({ bytesReceived: () => received })
      const waive = (): void => {}
      acks.expect(waive)
      acks.heard(waive)
      received += 100 * 1024
      mock.timers.tick(PATIENCE)
      acks.settled(waive)
      mock.timers.tick(100_000)
      expect(acks.state).to.equal('unknown')
    })

    it('are not given up for a stream that has not waited for long', () => {
      const acks = new FinAcks({ bytesReceived: () => received })
      const waive = (): void => {}
      acks.expect(waive)
      acks.heard(waive)
      received += 100 * 1024
      mock.timers.tick(PATIENCE)

      const stream = fin(acks)
      acks.settled(waive)
      mock.timers.tick(PATIENCE - 1)
      expect(stream.waived).to.be.false()
      mock.timers.tick(1)
      expect(stream.waived).to.be.true()
    })
  })

  it('are awaited while the remote is not heard: it may be dead, and is probed', () => {
    let probed = 0
    let waived = false
    const acks = new FinAcks({ probe: () => { probed++ } })
    const waive = (): void => { waived = true }

    acks.expect(waive)
    mock.timers.tick(PATIENCE - 1)
    expect(probed).to.equal(0)

    mock.timers.tick(1)
    expect(probed).to.equal(1)
    expect(waived).to.be.false()
    expect(acks.state).to.equal('unknown')

    acks.heard(waive)
    expect(waived).to.be.true()
  })

  it('are overdue as well when the remote is heard elsewhere after that time', () => {
    const acks = new FinAcks()
    let waived = 0

    acks.expect(() => { waived++ })
    acks.heardElsewhere()
    expect(waived, 'waived at once').to.equal(0)

    mock.timers.tick(PATIENCE)
    acks.expect(() => { waived++ })
    acks.heardElsewhere()
    expect(waived).to.equal(2)
    expect(acks.state).to.equal('never')
  })

  it('are overdue behind much that was sent once nothing has moved for long', () => {
    let onSilence = (): void => {}
    let cancelled = 0
    let probed = 0
    const acks = new FinAcks({
      afterSilence: (callback) => {
        onSilence = callback

        return () => { cancelled++ }
      },
      probe: () => { probed++ }
    })
    let waived = false

    acks.expect(() => { waived = true }, 64 * 1024 * 1024)
    mock.timers.tick(10_000)
    acks.heardElsewhere()
    expect(waived, 'waived while it is on its way').to.be.false()

    onSilence()
    expect([probed, cancelled]).to.deep.equal([1, 1])

    acks.heardElsewhere()
    expect(waived).to.be.true()
    expect(acks.state).to.equal('never')
  })

  it('are overdue on a stream that has sent little, also while one waits that has sent much', () => {
    const acks = new FinAcks()
    let waived = 0

    acks.expect(() => { waived++ }, 64 * 1024 * 1024)
    acks.expect(() => { waived++ })
    mock.timers.tick(PATIENCE)
    acks.heardElsewhere()

    expect(waived).to.equal(2)
  })

  it('are awaited once there was one', () => {
    const acks = new FinAcks()
    const first = fin(acks)
    acks.received()
    expect(acks.state).to.equal('sent')

    const second = fin(acks)
    mock.timers.tick(PATIENCE)
    expect([first, second]).to.deep.equal([{ waived: false }, { waived: false }])
    expect(acks.state).to.equal('sent')
  })

  it('are awaited again when one comes after all', () => {
    const acks = never()
    acks.received()

    expect(acks.state).to.equal('sent')
    expect(fin(acks)).to.deep.equal({ waived: false })
  })

  it('are sent to it, but where it sends none only when it has sent one after all', () => {
    const sent: string[] = []
    const forgotten = (): void => { sent.push('forgotten') }

    new FinAcks().acknowledge(() => { sent.push('first') })
    expect(sent).to.deep.equal(['first'])

    const acks = never()
    acks.acknowledge(() => { sent.push('second') })
    acks.acknowledge(forgotten)
    acks.forget(forgotten)
    expect(sent).to.deep.equal(['first'])

    acks.received()
    expect(sent).to.deep.equal(['first', 'second'])
  })

  it('are not overdue on a stream that has ended otherwise', () => {
    const acks = new FinAcks()
    const waive = (): void => { throw new Error('waived') }

    acks.expect(waive)
    acks.heard(waive)
    acks.settled(waive)
    mock.timers.tick(PATIENCE)

    expect(acks.state).to.equal('unknown')
  })
})
