/**
 * Pages with a node in them, which take the commands of the interoperability
 * tests.
 */
import { once } from 'node:events'
import { BROWSERS } from '../../interop/browser/browsers.ts'
import { bundlePage } from '../../interop/browser/bundle.ts'
import { PagePeer } from '../../interop/browser/page-peer.ts'
import type { BrowserOptions, DrivenBrowser } from '../../interop/browser/browsers.ts'
import type { DialerVersion } from '../../interop/browser/implementations.ts'
import type { Reply } from '../../interop/js/control.ts'

export interface PageInit {
  implementation?: 'ours' | 'js-libp2p'
  dialerVersion?: DialerVersion

  /**
   * Headers of the page
   */
  headers?: Record<string, string>
}

export interface Dialed {
  /**
   * The version of the protocol that carries the connection
   */
  version: number

  /**
   * How long it took, in ms
   */
  ms: number
}

export class TestPage {
  private readonly peer: PagePeer
  private readonly events: Array<{ event: string, version?: number }>
  private readonly news: EventTarget

  /**
   * Errors and warnings in the console of the page
   */
  readonly log: string[]
  private lastId = 0

  private constructor (peer: PagePeer, events: TestPage['events'], news: EventTarget, log: string[]) {
    this.peer = peer
    this.events = events
    this.news = news
    this.log = log
  }

  static async open (browser: DrivenBrowser, { implementation = 'ours', dialerVersion = 'auto', headers }: PageInit = {}): Promise<TestPage> {
    const events: TestPage['events'] = []
    const news = new EventTarget()
    const log: string[] = []
    const peer = await PagePeer.open(browser, {
      implementation,
      dialerVersion,
      headers,
      onEvent: (event, fields) => {
        events.push({ event, ...fields })
        news.dispatchEvent(new Event(event))
      },
      onLog: line => { log.push(line) }
    })

    return new TestPage(peer, events, news, log)
  }

  /**
   * Resolves with the reply to a command, which may be that it failed. The
   * timeout is in seconds.
   */
  async command (cmd: string, args: object = {}, timeout = 60): Promise<Reply> {
    return this.peer.run({ id: ++this.lastId, cmd, ...args, timeout })
  }

  /**
   * @throws {Error} if the command failed
   */
  async ask (cmd: string, args: object = {}, timeout?: number): Promise<Reply> {
    const reply = await this.command(cmd, args, timeout)

    if (!reply.ok) {
      throw new Error(`${cmd}: ${reply.error ?? JSON.stringify(reply.errors)}`)
    }

    return reply
  }

  /**
   * Until the page has told of such an event
   */
  async until (name: 'disconnected' | 'identified'): Promise<void> {
    if (!this.events.some(({ event }) => event === name)) {
      await once(this.news, name)
    }
  }

  async dial (address: string): Promise<Dialed> {
    const { ms } = await this.ask('dial', { address })

    return { ms, version: this.events.findLast(({ event }) => event === 'connected')?.version ?? NaN }
  }

  /**
   * The error of a dial that must fail, its name first, and how long it took in
   * ms
   */
  async failToDial (address: string): Promise<{ error: string, ms: number }> {
    const { ok, error = '', ms } = await this.command('dial', { address })

    if (ok) {
      throw new Error(`The dial of ${address} did not fail`)
    }

    return { error, ms }
  }

  /**
   * Leaves for another page in the same tab
   */
  async goElsewhere (): Promise<void> {
    await this.peer.goElsewhere()
  }

  async close (): Promise<void> {
    await this.peer.leave()
  }
}

let bundled: Promise<void> | undefined

export async function bundleOnce (): Promise<void> {
  await (bundled ??= bundlePage())
}

/**
 * A Chromium that the tests of a suite share
 */
export interface SharedBrowser {
  open (init?: PageInit): Promise<TestPage>
}

/**
 * Starts a Chromium for the tests of a suite. The pages of a test are closed after
 * it.
 */
export function chromiumOfSuite (options: BrowserOptions = {}): SharedBrowser {
  const pages: TestPage[] = []
  let browser: DrivenBrowser

  before(async () => {
    await bundleOnce()
    browser = await BROWSERS.chromium(options)
  })

  afterEach(async () => {
    await Promise.all(pages.splice(0).map(async page => page.close()))
  })

  after(async () => {
    await browser?.close()
  })

  return {
    async open (init) {
      const page = await TestPage.open(browser, init)
      pages.push(page)

      return page
    }
  }
}
