/**
 * Drives the litep2p node of `litep2p/`: one process, JSON lines both ways.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/**
 * What litep2p warns of also when all is well
 */
const USUAL = [
  'ChannelBufferedAmountLow',
  'Drop BufferedAmountLow',
  'Drop ChannelClose event',
  'received non-stun packet without existing connection'
]

export interface PeerEvent extends Record<string, unknown> {
  event: string
  peer?: string
  error?: string
  protocol?: string
}

export interface Reply extends Record<string, unknown> {
  id: number
  ok: boolean
  error?: string
}

export class Litep2pPeer {
  readonly events: PeerEvent[] = []
  readonly warnings: string[] = []
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>
  private readonly replies = new Map<number, (reply: Reply) => void>()
  private readonly watchers = new Set<() => void>()
  private lastId = 0

  constructor (host: string = '127.0.0.1') {
    const executable = process.env.LITEP2P_PEER

    if (executable == null) {
      throw new Error('LITEP2P_PEER does not name the executable of the litep2p peer: run these tests with npm run test:interop')
    }

    this.process = spawn(executable, ['listen', '--host', host], { stdio: ['pipe', 'pipe', 'pipe'] })

    createInterface({ input: this.process.stdout }).on('line', line => {
      const message = JSON.parse(line)

      if (message.event != null) {
        this.events.push(message)
        this.watchers.forEach(check => { check() })
      } else {
        this.replies.get(message.id)?.(message)
        this.replies.delete(message.id)
      }
    })

    createInterface({ input: this.process.stderr }).on('line', line => {
      if (!USUAL.some(text => line.includes(text))) {
        this.warnings.push(line)
      }
    })
  }

  /**
   * Resolves with the first event for which `matches` holds, also if it has
   * happened before
   */
  async event (matches: (event: PeerEvent) => boolean): Promise<PeerEvent> {
    return new Promise(resolve => {
      const check = (): void => {
        const found = this.events.find(matches)

        if (found != null) {
          this.watchers.delete(check)
          resolve(found)
        }
      }

      this.watchers.add(check)
      check()
    })
  }

  async address (): Promise<Multiaddr> {
    const { addrs } = await this.event(({ event }) => event === 'listening')

    return multiaddr((addrs as string[])[0])
  }

  async command (command: Record<string, unknown>): Promise<Reply> {
    const id = ++this.lastId

    return new Promise(resolve => {
      this.replies.set(id, resolve)
      this.process.stdin.write(`${JSON.stringify({ id, ...command })}\n`)
    })
  }

  /**
   * The streams that did not end as their protocols say
   */
  failedStreams (): PeerEvent[] {
    return this.events.filter(({ event }) => event === 'stream-failed')
  }

  /**
   * Ends the process gracefully
   */
  async stop (): Promise<void> {
    if (this.process.exitCode == null && this.process.signalCode == null) {
      this.process.stdin.end()
      await once(this.process, 'exit')
    }
  }

  async kill (): Promise<void> {
    this.process.kill('SIGKILL')
    await once(this.process, 'exit')
  }
}
