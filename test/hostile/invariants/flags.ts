/**
 * What both ends of a stream may do, in any order
 */
import { expect } from 'aegir/chai'
import { Flag } from '../../../src/wire/framing.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { streamAndRemote, turn } from '../../support/stream-ends.ts'
import { checkRefusal } from './refusal.ts'

export const LOCAL_STEPS = ['send', 'close', 'closeRead', 'abort', 'pause', 'resume', 'turn'] as const

export type Step = { what: 'frame', frame: Uint8Array } | { what: 'remote-close' | typeof LOCAL_STEPS[number] }

// how many of its deadlines a stream may need to be free
const MAX_DEADLINES = 100

/**
 * The stream ends, and has sent each flag once at most
 */
export async function checkSteps (steps: Step[]): Promise<void> {
  const clock = new FakeClock(0)
  const [end, remote] = streamAndRemote({ clock, finAckTimeout: 20, onEnded: () => 20 })
  const { stream } = end
  const state = { isFree: false }
  void end.freed.then(() => { state.isFree = true })

  for (const step of steps) {
    try {
      switch (step.what) {
        case 'frame': remote.send(step.frame); break
        case 'remote-close': remote.close(); break
        case 'send': stream.send(new Uint8Array(10)); break
        case 'close': void stream.close(); break
        case 'closeRead': void stream.closeRead(); break
        case 'abort': stream.abort(new Error('enough')); break
        case 'pause': stream.pause(); break
        case 'resume': stream.resume(); break
        default: await turn()
      }
    } catch (err: any) {
      checkRefusal(err, 'ChannelClosedError', 'StreamStateError', 'StopSendingError', 'StreamResetError', 'Error')
    }
  }

  await turn()
  void stream.close()
  stream.abort(new Error('over'))

  for (let i = 0; i < MAX_DEADLINES && !state.isFree; i++) {
    clock.fireNext()
    await turn()
  }

  expect(state.isFree).to.equal(true)
  expect(stream.status).to.be.oneOf(['closed', 'aborted', 'reset'])

  const flags = end.flags()

  for (const flag of Object.values(Flag)) {
    expect(flags.filter(sent => sent === flag).length, `flag ${flag}`).to.be.at.most(1)
  }
}
