import { logger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { SendQueue } from '../../src/native/send-queue.ts'
import { HOLD_TIMEOUT } from '../../src/wire/message-order.ts'
import type { DataChannel } from 'node-datachannel'

describe('what a native channel sends', () => {
  let sent: string[]
  let queue: SendQueue
  let third: PromiseWithResolvers<void>

  function open (holdTimeout: number): void {
    sent = []
    third = Promise.withResolvers()

    const native: Partial<DataChannel> = {
      sendMessageBinary: message => {
        sent.push(new TextDecoder().decode(message as Uint8Array))

        if (sent.length === 3) {
          third.resolve()
        }

        return true
      },
      bufferedAmount: () => 0
    }
    queue = new SendQueue(native as DataChannel, 16_384, { log: logger('test'), holdTimeout, onDrain () {} })

    for (const message of ['1', '2', '3']) {
      queue.send(new TextEncoder().encode(message))
    }
  }

  afterEach(() => {
    queue.close()
  })

  it('is one message until the other end is heard', () => {
    open(HOLD_TIMEOUT)
    expect(sent).to.deep.equal(['1'])

    queue.release()
    expect(sent).to.deep.equal(['1', '2', '3'])
  })

  it('goes in the end where nothing is heard', async () => {
    open(1)
    expect(sent).to.deep.equal(['1'])

    await third.promise
    expect(sent).to.deep.equal(['1', '2', '3'])
  })

  it('is held for longer than a busy machine takes to answer', () => {
    expect(HOLD_TIMEOUT).to.be.at.least(2_000)
  })
})
