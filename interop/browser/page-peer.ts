/**
 * A peer in a page: it takes commands, and tells what happens.
 */
import { PageServer } from './page-server.ts'
import type { DrivenBrowser, DrivenPage } from './browsers.ts'
import type { PageConfig } from './page.ts'
import type { Command, Emit, Reply } from '../js/control.ts'

export interface PagePeerInit extends PageConfig {
  /**
   * Headers of the page
   */
  headers?: Record<string, string>
  onEvent: Emit

  /**
   * Takes errors and warnings of the page
   */
  onLog (line: string): void
}

export class PagePeer {
  readonly id: string
  private readonly server: PageServer
  private page?: DrivenPage

  private constructor (page: DrivenPage, server: PageServer, id: string) {
    this.page = page
    this.server = server
    this.id = id
  }

  /**
   * Opens a page in a browser, and starts its node
   */
  static async open (browser: DrivenBrowser, { headers, onEvent, onLog, ...config }: PagePeerInit): Promise<PagePeer> {
    const server = await PageServer.start(headers)
    const page = await browser.openPage(onLog)

    try {
      await page.exposeFunction('tell', (line: string) => {
        const { event, ...fields } = JSON.parse(line)
        onEvent(event, fields)
      })
      await page.goto(server.url)

      const id = await page.evaluate(async config => window.startPeer(config), config)

      return new PagePeer(page, server, id)
    } catch (err) {
      await page.close()
      await server.stop()
      throw err
    }
  }

  /**
   * Whether the page is closed
   */
  get hasLeft (): boolean {
    return this.page == null
  }

  /**
   * @throws {Error} if the page is closed, is closed meanwhile, or has crashed
   */
  async run (command: Command): Promise<Reply> {
    if (this.page == null) {
      throw new Error('The page is closed')
    }

    return this.page.evaluate(async command => window.runCommand(command), command)
  }

  /**
   * Leaves for another page in the same tab, which closes what this one had
   */
  async goElsewhere (): Promise<void> {
    await this.page?.goto('about:blank')
  }

  /**
   * Closes the page without a word to the node, as a user who closes a tab
   */
  async leave (): Promise<void> {
    const page = this.page
    this.page = undefined

    await page?.close()
    await this.server.stop()
  }

  /**
   * Stops the node, then closes the page
   */
  async stop (): Promise<void> {
    await this.page?.evaluate(async () => window.stopPeer(), undefined)
    await this.leave()
  }
}
