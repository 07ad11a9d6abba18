import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { PeerProcess } from '../support/peer-process.ts'
import type { Ending, Endings } from '../support/interrupted-dialer.ts'

describe('a remote that is killed', () => {
  // 200 ms, doubled for each of five retransmissions of SCTP: 12.6 s
  const BUSY = 20_000

  // consent to send expires after 30 s without an answer (RFC 7675)
  const IDLE = 40_000

  it('resets its streams, and nothing waits for it or is left behind', async function () {
    this.timeout(IDLE + 20_000)

    const busy = await PeerProcess.start()
    const idle = await PeerProcess.start()
    const program = fileURLToPath(new URL('../support/interrupted-dialer.js', import.meta.url))
    const dialer = fork(program, [`${busy.address}`, `${idle.address}`])
    const exited = once(dialer, 'exit')
    await once(dialer, 'message')

    const killedAt = Date.now()
    await Promise.all([busy.kill(), idle.kill()])
    dialer.send('killed')

    const [endings]: [Endings] = await once(dialer, 'message') as any
    const within = ({ error, at }: Ending, time: number): void => {
      expect(error).to.equal('ConnectionLostError')
      expect(at - killedAt).to.be.below(time)
    }

    within(endings.writer, BUSY)
    within(endings.reader, BUSY)
    within(endings.closing, BUSY)
    within(endings.idle, IDLE)

    const [code] = await exited
    expect(code).to.equal(0)
  })
})
