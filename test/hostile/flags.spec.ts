import fc from 'fast-check'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { dataFrame } from '../support/stream-ends.ts'
import { checkSteps, LOCAL_STEPS } from './invariants/flags.ts'

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
  const localStep = fc.constantFrom(...LOCAL_STEPS).map(what => ({ what }))

  it('in any order leave the stream in a state that ends, and get one answer each', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(remoteStep, remoteStep, localStep), { maxLength: 30 }), async steps => {
      await checkSteps(steps)
    }), budget(400))
  })
})
