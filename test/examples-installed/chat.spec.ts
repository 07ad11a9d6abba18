import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { mock } from 'node:test'
import { pathToFileURL } from 'node:url'
import { expect } from 'aegir/chai'
import { systemClock } from '../../src/clock.ts'
import { ROOT } from '../docs/documents.ts'
import { firstMatch } from '../support/first-match.ts'
import { LOOPBACK } from '../support/loopback-nodes.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { ChildProcess } from 'node:child_process'

const EXAMPLE = join(ROOT, 'examples/chat')
const HOUR = 3_600_000

/**
 * The clock of the transport. Its timers fire in their time, or when it is set
 * forward beyond them.
 */
function clockThatIsSetForward (): { forward (ms: number): void } {
  const timers = new Set<{ due: number, fire (): void }>()
  const { now, after } = systemClock
  let ahead = 0

  mock.method(systemClock, 'now', () => now() + ahead)
  mock.method(systemClock, 'after', (delay: number, callback: () => void) => {
    const timer = {
      due: systemClock.now() + delay,
      fire: () => {
        cancel()
        timers.delete(timer)
        callback()
      }
    }
    const cancel = after(delay, timer.fire)
    timers.add(timer)

    return () => {
      cancel()
      timers.delete(timer)
    }
  })

  return {
    forward (ms) {
      ahead += ms

      for (const timer of [...timers].filter(({ due }) => due <= systemClock.now())) {
        timer.fire()
      }
    }
  }
}

describe('the chat', () => {
  const processes: ChildProcess[] = []
  const chats: any[] = []

  afterEach(async () => {
    mock.restoreAll()
    processes.splice(0).forEach(child => { child.kill('SIGKILL') })
    await Promise.all(chats.splice(0).map(async ({ node }) => node.stop()))
  })

  function start (...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [join(EXAMPLE, 'chat.js'), ...args])
    processes.push(child)

    return child
  }

  it('lines go to everybody who is there', async () => {
    const first = start()
    const joined = firstMatch(first, /(\w{6}) reads chat\n/)
    const [address] = await firstMatch(first, /\/ip4\/127\.0\.0\.1\/\S+/)
    const second = start(address)
    await Promise.all([joined, firstMatch(second, /reads chat\n/)])

    const heard = firstMatch(second, /^\w{6}: hello, you\n/m)
    first.stdin?.write('hello, you\n')
    await heard

    const answered = firstMatch(first, /^\w{6}: hello, too\n/m)
    second.stdin?.write('hello, too\n')
    await answered

    const exits = [first, second].map(async child => once(child, 'exit'))
    second.stdin?.end()
    first.stdin?.end()
    expect(await Promise.all(exits)).to.deep.equal([[0, null], [0, null]])
  })

  interface Heard {
    text: string
    from: string
  }

  /**
   * Two that have talked, and whose clock was set forward
   */
  async function rest (transport: WebRTCDirectInit, ms: number): Promise<{ before: string[], after: string[], heard: Promise<Heard>, say (): Promise<void> }> {
    const clock = clockThatIsSetForward()
    const { startChat } = await import(pathToFileURL(join(EXAMPLE, 'node.js')).href)
    const messages: Heard[] = []
    let onMessage = (message: Heard): void => { messages.push(message) }

    const listener = await startChat({ listen: [LOOPBACK], transport, onMessage: (from: string, text: string) => { onMessage({ from, text }) } })
    chats.push(listener)
    const subscribed = once(listener.node.services.pubsub, 'gossipsub:heartbeat')
    const dialer = await startChat({ address: `${listener.node.getMultiaddrs()[0]}`, transport, onMessage: () => {} })
    chats.push(dialer)
    await subscribed

    while (dialer.listeners().length === 0 || listener.listeners().length === 0) {
      await once(dialer.node.services.pubsub, 'gossipsub:heartbeat')
    }

    const streams = (): string[] => dialer.node.getConnections()
      .flatMap((connection: any) => connection.streams)
      .filter(({ protocol, status }: any) => /meshsub/.test(protocol) && status === 'open')
      .map(({ id, direction }: any) => `${direction} ${id}`)
      .sort()

    const before = streams()
    clock.forward(ms)
    const after = streams()
    const { promise, resolve } = Promise.withResolvers<Heard>()
    onMessage = resolve

    return { before, after, heard: promise, say: async () => dialer.say('still there?') }
  }

  it('goes on over the same streams after hours in which nobody said anything', async () => {
    const { before, after, heard, say } = await rest({}, 4 * HOUR)

    expect(before).to.have.lengthOf(2)
    expect(after).to.deep.equal(before)

    await say()
    expect((await heard).text).to.equal('still there?')
  })

  it('loses its streams where they may not rest', async () => {
    const { before, after } = await rest({ streamOptions: { inactivityTimeout: 120_000 } }, 4 * HOUR)

    expect(before).to.have.lengthOf(2)
    expect(after).to.be.empty()
  })
})
