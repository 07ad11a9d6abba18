import { checkRequests } from '../../test/hostile/invariants/requests.ts'
import { ByteReader } from '../byte-reader.ts'
import type { Step } from '../../test/hostile/invariants/requests.ts'

const STEPS = ['request', 'proved', 'secured', 'failed', 'connected'] as const

// the last one is one network with the one before
const HOSTS = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']

// what 255 stands for must be longer than the time after which a set-up gives way
const TIME_UNIT = 20

const SAME_UFRAG = 0x80

export function fuzz (bytes: Uint8Array): void {
  const reader = new ByteReader(bytes)
  const steps: Step[] = []

  while (!reader.isDone) {
    steps.push(nextStep(reader))
  }

  checkRequests(steps)
}

function nextStep (reader: ByteReader): Step {
  const kind = reader.byte()
  const what = STEPS[kind % STEPS.length]
  const after = reader.byte() * TIME_UNIT

  if (what !== 'request') {
    return { what, after, index: reader.byte() }
  }

  const host = HOSTS[reader.byte() % HOSTS.length]
  const serverUfrag = reader.text()

  return { what, after, host, serverUfrag, clientUfrag: (kind & SAME_UFRAG) === 0 ? reader.text() : serverUfrag }
}
