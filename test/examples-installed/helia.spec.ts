import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect } from 'aegir/chai'
import { launchChromium } from '../browser/chromium.ts'
import { ROOT } from '../docs/documents.ts'
import { firstMatch } from '../support/first-match.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { ChildProcess } from 'node:child_process'
import type { Browser, Page } from 'playwright-core'

const EXAMPLE = join(ROOT, 'examples/helia')

const ADDRESS = /address (\/ip4\/127\.0\.0\.1\/\S+)/
const ADDED = /added (baf\w+)/

describe('Helia over WebRTC Direct alone', function () {
  this.timeout(180_000)

  const folder = temporaryFolder()
  const processes: ChildProcess[] = []

  afterEach(() => {
    processes.splice(0).forEach(child => { child.kill('SIGKILL') })
  })

  function peer (...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [join(EXAMPLE, 'peer.js'), ...args])
    processes.push(child)

    return child
  }

  /**
   * What a peer prints for that CID, which is all that it is asked for
   */
  async function read (child: ChildProcess, cid: string): Promise<Buffer> {
    child.stdin?.end(`${cid}\n`)

    return child.stdout == null ? Buffer.alloc(0) : buffer(child.stdout)
  }

  it('a file that is added in one node is read in the other', async () => {
    const content = randomBytes(3_000_000)
    const path = join(folder.path, 'file')
    await writeFile(path, content)

    const first = peer(path)
    const [[, address], [, cid]] = await Promise.all([firstMatch(first, ADDRESS), firstMatch(first, ADDED)])
    const second = peer('--connect', address)

    expect((await read(second, cid)).equals(content)).to.be.true()
  })

  describe('in a page', () => {
    let browser: Browser

    before(async () => { browser = await launchChromium() })
    after(async () => { await browser?.close() })

    async function open (): Promise<Page> {
      const serving = spawn(join(EXAMPLE, 'node_modules/.bin/esbuild'), ['page.js', '--bundle', '--format=esm', '--outfile=bundle.js', '--serve=127.0.0.1:0', '--servedir=.'], { cwd: EXAMPLE })
      processes.push(serving)
      const [, site] = await firstMatch(serving, /(http:\/\/127\.0\.0\.1:\d+)\//)
      const page = await browser.newPage()
      await page.goto(site)
      await page.getByText('ready', { exact: true }).waitFor()

      return page
    }

    async function click (page: Page, button: string): Promise<void> {
      await page.getByRole('button', { name: button }).click()
      await page.getByText(`${button.toLowerCase()}: done`).waitFor()
    }

    it('a file that is added in a node is read in a page', async () => {
      const path = join(folder.path, 'file')
      await writeFile(path, 'from Node.js')
      const node = peer(path)
      const [[, address], [, cid]] = await Promise.all([firstMatch(node, ADDRESS), firstMatch(node, ADDED)])
      const page = await open()

      await page.getByLabel('Peer').fill(address)
      await click(page, 'Connect')
      await page.getByLabel('CID').fill(cid)
      await click(page, 'Read')
      expect(await page.locator('#content').textContent()).to.equal('from Node.js')
    })

    it('a text that is added in a page is read in a node', async () => {
      const node = peer()
      const [, address] = await firstMatch(node, ADDRESS)
      const page = await open()

      await page.getByLabel('Peer').fill(address)
      await click(page, 'Connect')
      await page.getByLabel('Text').fill('from the page')
      await click(page, 'Add')
      const cid = await page.locator('#added').textContent() ?? ''

      expect((await read(node, cid)).toString()).to.equal('from the page')
    })
  })
})
