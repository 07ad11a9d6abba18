import { checkSteps, LOCAL_STEPS } from '../../test/hostile/invariants/flags.ts'
import { ByteReader } from '../byte-reader.ts'
import type { Step } from '../../test/hostile/invariants/flags.ts'

const MAX_STEPS = 40

const LOCAL = 0xf0
const REMOTE_CLOSE = 0xef

export async function fuzz (bytes: Uint8Array): Promise<void> {
  const reader = new ByteReader(bytes)
  const steps: Step[] = []

  while (!reader.isDone && steps.length < MAX_STEPS) {
    steps.push(nextStep(reader))
  }

  await checkSteps(steps)
}

function nextStep (reader: ByteReader): Step {
  const kind = reader.byte()

  if (kind >= LOCAL) {
    return { what: LOCAL_STEPS[(kind - LOCAL) % LOCAL_STEPS.length] }
  }

  return kind === REMOTE_CLOSE ? { what: 'remote-close' } : { what: 'frame', frame: reader.piece() }
}
