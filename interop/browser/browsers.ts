/**
 * The browsers that pages run in, and what is needed of one.
 */
import { launchChromium } from '../../test/browser/chromium.ts'
import { FIELD_TRIALS } from '../../test/browser/field-trials.ts'
import { launchFirefox } from '../../test/browser/firefox.ts'
import type { FieldTrial } from '../../test/browser/field-trials.ts'

/**
 * What playwright and puppeteer have in common
 */
export interface DrivenPage {
  exposeFunction (name: string, callback: (...args: any[]) => unknown): Promise<unknown>
  goto (url: string): Promise<unknown>
  evaluate <T, A> (run: (arg: A) => T | Promise<T>, arg: A): Promise<T>
  close (): Promise<void>
}

export interface DrivenBrowser {
  name: string
  version: string

  /**
   * The leader of the group of its processes
   */
  pid: number

  /**
   * Opens a page, `onLog` is told of its errors and warnings
   */
  openPage (onLog: (line: string) => void): Promise<DrivenPage>
  close (): Promise<void>
}

export type BrowserName = 'chromium' | 'firefox'

export interface BrowserOptions {
  /**
   * Of Chromium
   */
  trial?: FieldTrial
}

const LOGGED = ['error', 'warning', 'warn']

export const BROWSERS: Record<BrowserName, (options: BrowserOptions) => Promise<DrivenBrowser>> = {
  async chromium ({ trial }) {
    const browser = await launchChromium({ args: trial == null ? [] : [FIELD_TRIALS[trial]] })
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    const [{ id: pid }] = processInfo.filter(({ type }) => type === 'browser')

    return {
      name: 'Chromium',
      version: browser.version(),
      pid,
      close: async () => { await browser.close() },
      async openPage (onLog) {
        const page = await browser.newPage()

        page.on('crash', () => { onLog('the page has crashed') })
        page.on('pageerror', err => { onLog(`uncaught: ${err.stack ?? err.message}`) })
        page.on('console', message => {
          if (LOGGED.includes(message.type())) {
            onLog(message.text())
          }
        })

        return page
      }
    }
  },

  async firefox () {
    const browser = await launchFirefox()

    return {
      name: 'Firefox',
      version: (await browser.version()).replace('firefox/', ''),
      pid: browser.process()?.pid ?? 0,
      close: async () => { await browser.close() },
      async openPage (onLog) {
        const page = await browser.newPage()

        page.on('pageerror', err => { onLog(`uncaught: ${err}`) })
        page.on('console', message => {
          if (LOGGED.includes(message.type())) {
            onLog(message.text())
          }
        })

        return page as DrivenPage
      }
    }
  }
}

export const BROWSER_NAMES = Object.keys(BROWSERS)
