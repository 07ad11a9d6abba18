/**
 * Browsers whose pages may be hidden, and that treat those as they do for users. Playwright
 * makes every page believe that it is seen.
 */
import puppeteer from 'puppeteer-core'
import { ENDS_WITH_ITS_STARTER, findChromium, QUIET } from './chromium.ts'
import { launchFirefox } from './firefox.ts'
import type { DrivenBrowser, DrivenPage } from '../../interop/browser/browsers.ts'
import type { Browser, Page } from 'puppeteer-core'

export type TabbedBrowser = 'chromium' | 'firefox'

/**
 * What drivers switch off, so that tests are not slowed down
 */
const THROTTLING = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding'
]

const LAUNCH: Record<TabbedBrowser, () => Promise<Browser>> = {
  chromium: async () => puppeteer.launch({
    executablePath: findChromium(),
    args: QUIET,
    ignoreDefaultArgs: THROTTLING,
    protocolTimeout: 0,

    ...ENDS_WITH_ITS_STARTER
  }),
  firefox: launchFirefox
}

export class Tabs implements DrivenBrowser {
  readonly name: TabbedBrowser
  readonly version: string
  readonly pid: number
  private readonly browser: Browser
  private readonly pages: Page[] = []
  private front?: Page

  private constructor (name: TabbedBrowser, version: string, browser: Browser) {
    this.name = name
    this.version = version
    this.browser = browser
    this.pid = browser.process()?.pid ?? 0
  }

  static async launch (name: TabbedBrowser): Promise<Tabs> {
    const browser = await LAUNCH[name]()

    return new Tabs(name, await browser.version(), browser)
  }

  async openPage (): Promise<DrivenPage> {
    const page = await this.browser.newPage()
    this.pages.push(page)

    return page as DrivenPage
  }

  /**
   * Has another tab in front of all others, and waits until they are hidden
   */
  async hideAll (): Promise<void> {
    this.front ??= await this.browser.newPage()
    await this.front.bringToFront()

    await Promise.all(this.pages.filter(page => !page.isClosed()).map(async page => page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 100 })))
  }

  async close (): Promise<void> {
    await this.browser.close()
  }
}
