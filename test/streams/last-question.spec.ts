import { expect } from 'aegir/chai'
import { ConnectionLostError } from '../../src/errors.ts'
import { LastQuestion } from '../../src/streams/last-question.ts'
import { FakeClock } from '../support/fake-clock.ts'

const TIMEOUT = 10_000

class Asked {
  readonly clock = new FakeClock(0)
  readonly errors: Error[] = []
  questions = 0
  received = 0
  answer = (): void => {}
  readonly question: LastQuestion

  constructor (hasChannel = true) {
    this.question = new LastQuestion({
      clock: this.clock,
      peer: { bytesReceived: () => this.received },
      timeout: TIMEOUT,
      ask: (onAnswer) => {
        this.questions++
        this.answer = onAnswer

        return hasChannel
      },
      onUnanswered: (err) => { this.errors.push(err) }
    })
  }
}

describe('the last question to a remote that does not acknowledge', () => {
  it('ends the connection where it has no answer', () => {
    const asked = new Asked()
    asked.question.ask(2 * TIMEOUT)
    asked.clock.pass(TIMEOUT - 1)
    expect(asked.errors).to.be.empty()
    asked.clock.pass(1)

    expect(asked.errors).to.have.lengthOf(1)
    expect(asked.errors[0]).to.be.instanceOf(ConnectionLostError).with.property('silence', 3 * TIMEOUT)
  })

  it('ends nothing where it has an answer', () => {
    const asked = new Asked()
    asked.question.ask(2 * TIMEOUT)
    asked.clock.pass(TIMEOUT - 1)
    asked.answer()
    asked.clock.pass(100 * TIMEOUT)

    expect(asked.errors).to.be.empty()
    expect(asked.clock.pending).to.equal(0)
  })

  it('waits for as long as anything arrives', () => {
    const asked = new Asked()
    asked.question.ask(2 * TIMEOUT)

    for (let i = 0; i < 100; i++) {
      asked.clock.pass(TIMEOUT / 2)
      asked.received++
    }

    expect(asked.errors).to.be.empty()
    asked.clock.pass(2 * TIMEOUT)
    expect(asked.errors).to.have.lengthOf(1)
  })

  it('is asked once at a time', () => {
    const asked = new Asked()
    asked.question.ask(2 * TIMEOUT)
    asked.question.ask(2 * TIMEOUT)
    expect(asked.questions).to.equal(1)
    asked.answer()
    asked.question.ask(2 * TIMEOUT)

    expect(asked.questions).to.equal(2)
  })

  it('is not asked where there is no channel for it', () => {
    const asked = new Asked(false)
    asked.question.ask(2 * TIMEOUT)
    asked.clock.pass(100 * TIMEOUT)

    expect(asked.errors).to.be.empty()
  })

  it('is forgotten with the connection', () => {
    const asked = new Asked()
    asked.question.ask(2 * TIMEOUT)
    asked.question.stop()

    expect(asked.clock.pending).to.equal(0)
  })
})
