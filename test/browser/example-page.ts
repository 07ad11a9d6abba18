/**
 * The page of `examples/browser` in Chromium, its server and a listener.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { bundlePage } from '../../examples/browser/bundle.ts'
import { serveSite } from '../../examples/browser/site.ts'
import { startListener } from '../../src/cli/node.ts'
import { launchChromium } from './chromium.ts'
import type { ChromiumOptions } from './chromium.ts'
import type { Site } from '../../examples/browser/site.ts'
import type { Libp2p } from '@libp2p/interface'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'

/**
 * How long anything on the page may take, in ms
 */
const PATIENCE = 30_000

export class Example {
  readonly listener: Libp2p
  readonly site: Site
  private readonly browser: Browser
  private readonly complaints: string[] = []

  private constructor (listener: Libp2p, site: Site, browser: Browser) {
    this.listener = listener
    this.site = site
    this.browser = browser
  }

  static async start (options?: ChromiumOptions): Promise<Example> {
    const listener = await startListener([multiaddr('/ip4/127.0.0.1/udp/0/webrtc-direct')])
    const site = await serveSite({
      files: await bundlePage(),
      addresses: () => listener.getMultiaddrs().map(address => address.toString()),
      host: '127.0.0.1',
      port: 0
    })

    return new Example(listener, site, await launchChromium(options))
  }

  get address (): string {
    return this.listener.getMultiaddrs()[0].toString()
  }

  /**
   * Opens the page, with that address, or with what it fills in by itself
   */
  async open (address?: string, options: BrowserContextOptions = {}): Promise<ExamplePage> {
    const context = await this.browser.newContext({ viewport: { width: 1_440, height: 1_000 }, ...options })
    context.setDefaultTimeout(PATIENCE)
    const page = await context.newPage()

    page.on('pageerror', err => { this.complaints.push(err.stack ?? err.message) })
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.complaints.push(message.text())
      }
    })

    await page.goto(address == null ? this.site.url : `${this.site.url}#${address}`)
    await page.waitForFunction(() => document.querySelector('textarea')?.value !== '')

    return new ExamplePage(page)
  }

  /**
   * Closes every page, and looks whether one had something to complain about
   */
  async closePages (): Promise<void> {
    await Promise.all(this.browser.contexts().map(async context => context.close()))
    expect(this.complaints.splice(0)).to.deep.equal([])
  }

  async stop (): Promise<void> {
    await this.browser.close()
    await this.site.close()
    await this.listener.stop()
  }
}

/**
 * What a person finds on the page
 */
export class ExamplePage {
  readonly page: Page
  readonly address: Locator
  readonly state: Locator
  readonly alert: Locator
  readonly verdict: Locator
  readonly announcer: Locator
  readonly file: Locator

  constructor (page: Page) {
    this.page = page
    this.address = page.getByLabel('Address')
    this.state = page.locator('#state')
    this.alert = page.getByRole('alert')
    this.verdict = page.locator('#verdict')
    this.announcer = page.getByRole('status')
    this.file = page.getByLabel('Choose a file')
  }

  button (name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  async connect (): Promise<void> {
    await this.button('Connect').click()
    await this.until(this.state, 'Connected')
  }

  /**
   * Waits until an element says so
   */
  async until (element: Locator, text: string | RegExp): Promise<void> {
    const found = typeof text === 'string' ? element.and(this.page.getByText(text, { exact: true })) : element.filter({ hasText: text })

    await found.waitFor()
  }

  /**
   * The figure with that name
   */
  figure (name: string): Locator {
    return this.page.locator('dl > div').filter({ has: this.page.getByText(name, { exact: true }) }).locator('dd')
  }

  /**
   * Sends a file, and waits until it is back
   */
  async send (file: Parameters<Locator['setInputFiles']>[0]): Promise<void> {
    await this.file.setInputFiles(file)
    await this.until(this.verdict, 'The same bytes came back.')
  }

  /**
   * Waits for pings that were answered
   */
  async pinged (): Promise<void> {
    await this.page.locator('#chart .line').first().waitFor({ state: 'attached' })
  }
}
