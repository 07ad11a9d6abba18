import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { readDocument, ROOT } from '../docs/documents.ts'
import { firstMatch } from '../support/first-match.ts'
import { launchChromium } from './chromium.ts'
import type { ChildProcess } from 'node:child_process'
import type { Browser } from 'playwright-core'

describe('the first five minutes', () => {
  const processes: ChildProcess[] = []
  let folder: string
  let browser: Browser

  before(async () => {
    // what `npm install` makes, where this package is not published yet
    folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-quick-start-'))
    await mkdir(join(folder, 'node_modules'))
    await symlink(ROOT, join(folder, 'node_modules/libp2p-transport-webrtc-direct'))
    await mkdir(join(folder, 'node_modules/@multiformats'))

    for (const name of ['libp2p', '@multiformats/multiaddr', 'esbuild']) {
      await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
    }

    browser = await launchChromium()
  })

  after(async () => {
    processes.forEach(child => { child.kill('SIGKILL') })
    await browser?.close()
    await rm(folder, { recursive: true })
  })

  function start (command: string, args: string[]): ChildProcess {
    // esbuild serves until the end of its input
    const child = spawn(command, args, { cwd: folder, stdio: 'pipe' })
    processes.push(child)

    return child
  }

  it('a page talks to the server of the README', async () => {
    const { fences } = readDocument('README.md')

    for (const { before, content } of fences) {
      const [, name] = /^`([\w.]+)`/.exec(before) ?? []

      if (name != null) {
        await writeFile(join(folder, name), content.replace('/udp/9000/', '/udp/0/'))
      }
    }

    const commands = fences.flatMap(({ content }) => content.match(/(?<=^\$ ).*$/gm) ?? [])
    const bundler = commands.find(command => command.startsWith('npx esbuild '))?.replace(':8000', ':0').split(' ').slice(2)

    const server = start(process.execPath, ['server.mjs'])
    const bundling = start(join(ROOT, 'node_modules/.bin/esbuild'), bundler ?? [])
    const [[link], [, site]] = await Promise.all([firstMatch(server, /http:\S+/), firstMatch(bundling, /(http:\/\/127\.0\.0\.1:\d+)\//)])

    const page = await browser.newPage()
    await page.goto(link.replace('http://127.0.0.1:8000', site))
    await page.getByText('HELLO FROM THE BROWSER').waitFor()
    expect(await page.title()).to.equal('Hello')
  })
})
