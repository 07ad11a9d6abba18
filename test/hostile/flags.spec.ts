import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { dataFrame, streamAndRemote, turn } from '../support/stream-ends.ts'

// how many of its deadlines a stream may need to be free
const MAX_DEADLINES = 100

describe('hostile flags', function () {
  this.timeout(TIMEOUT)

  const remoteStep = fc.oneof(
    fc.constantFrom(...Object.values(Flag), 4, 77, 0xffffffff).map(flag => ({ what: 'frame' as const, frame: encodeFlag(flag) })),
    fc.nat(0xffffffff).map(code => ({ what: 'frame' as const, frame: encodeFlag(Flag.RESET_STREAM, code) })),
    fc.uint8Array({ maxLength: 100 }).map(data => ({ what: 'frame' as const, frame: dataFrame(data) })),
    fc.constantFrom(...Object.values(Flag)).map(flag => ({ what: 'frame' as const, frame: Uint8Array.of(5, 0x08, flag, 0x12, 1, 42) })),
    fc.uint8Array({ maxLength: 20 }).map(frame => ({ what: 'frame' as const, frame })),
    fc.constantFrom('remote-close' as const).map(what => ({ what }))
  )
  const localStep = fc.constantFrom('send' as const, 'close' as const, 'closeRead' as const, 'abort' as const, 'pause' as const, 'resume' as const, 'turn' as const).map(what => ({ what }))

  it('in any order leave the stream in a state that ends, and get one answer each', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(remoteStep, remoteStep, localStep), { maxLength: 30 }), async steps => {
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
          expect(err.name).to.be.oneOf(['ChannelClosedError', 'StreamStateError', 'StopSendingError', 'StreamResetError', 'Error'])
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
    }), budget(400))
  })
})
