import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import { COMMANDS } from '../docs/commands.ts'
import { ADDRESS, commands, words } from '../docs/console.ts'
import { ROOT } from '../docs/documents.ts'
import { finish, killAll, line, run, start, startListener } from '../support/command-line.ts'
import type { Listener, Result } from '../support/command-line.ts'

const execute = promisify(execFile)

/**
 * The first line of what a document shows. A progress bar is for terminals.
 */
function firstShown (output: string[]): string | undefined {
  return output.find(line => line.trim() !== '' && !line.includes('█'))
}

/**
 * A line without what differs each time
 */
function shape (line: string): string {
  return line
    .replace(/\/ip[46]\/[^\s:]+(?=:?)/g, 'ADDRESS')
    .replace(/12D3\w+…?/g, 'PEER')
    .replace(/\d[\d.]*/g, 'N')
    .replace(/\b[kM]?B\b/g, 'B')
}

describe('the commands of the documentation', () => {
  const all = commands()

  it('are found', () => {
    const texts = all.map(({ text }) => text)

    expect(texts).to.include.members(['webrtc-direct listen --port 9000', 'npm run chaos -- --quick', 'node server.mjs', 'npm ci'])
  })

  it('are each run by a test', () => {
    expect(all.filter(({ text }) => !COMMANDS.some(([pattern]) => pattern.test(text))).map(({ path, text }) => `${path}: ${text}`)).to.deep.equal([])
  })

  it('have no entry that is in no document', () => {
    expect(COMMANDS.filter(([pattern]) => !all.some(({ text }) => pattern.test(text))).map(([pattern]) => pattern.source)).to.deep.equal([])
  })

  describe('that are run elsewhere', () => {
    const steps = readFileSync(join(ROOT, '.ci/run'), 'utf8').split('\n').map(line => line.replace(/^(?:step|suite|matrix) /, ''))

    for (const [pattern, how] of COMMANDS) {
      for (const { text } of all.filter(({ text }) => pattern.test(text))) {
        if (how.by === 'ci') {
          it(`are run by .ci/run: ${text}`, () => {
            expect(steps).to.include(how.step.replace('$&', text))
          })
        } else if (how.by === 'test') {
          it(`have a test: ${text}`, () => {
            expect(readFileSync(join(ROOT, how.spec), 'utf8')).to.include(`('${how.title}`)
          })
        }
      }
    }

    const helpful = COMMANDS.flatMap(([pattern, how]) => 'help' in how && how.help != null ? { pattern, script: how.help } : [])

    for (const { pattern, script } of helpful) {
      const used = all.filter(({ text }) => pattern.test(text)).flatMap(({ text }) => words(text)).filter(word => /^--\w/.test(word))

      it(`have options that ${script} knows`, async () => {
        const { stdout } = await execute(process.execPath, [join(ROOT, 'dist', script), '--help'])

        for (const option of used) {
          expect(stdout).to.match(new RegExp(`${option}\\b`))
        }
      })
    }

    it('are scripts that there are', () => {
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
      const named = all.flatMap(({ text }) => /^npm run ([\w:]+)/.exec(text)?.[1] ?? [])

      expect(Object.keys(scripts)).to.include.members(named.filter(name => name !== 'page'))
    })

    it('name folders of tests that there are', () => {
      const folders = all.flatMap(({ text }) => /^npm test -- (\w+)/.exec(text)?.[1] ?? [])

      expect(folders).to.not.be.empty()
      expect(folders.filter(folder => !existsSync(join(ROOT, 'test', folder)))).to.deep.equal([])
    })
  })

  describe('of the command line', () => {
    let listener: Listener
    let folder: string

    before(async () => {
      listener = await startListener('--perf')
      folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-docs-'))
      await writeFile(join(folder, 'photo.jpg'), Buffer.alloc(100_000, 'photo'))
      await listen(['--key', join(folder, 'node.key')])
    })

    after(async () => {
      killAll()
      await rm(folder, { recursive: true })
    })

    /**
     * Listens until somebody has pinged it
     */
    async function listen (args: string[]): Promise<Result> {
      const child = start(['listen', '--host', '127.0.0.1', ...args])
      const first = await line(child, line => line.startsWith('/ip4/127.0.0.1/'))
      await run(['ping', '--count', '1', first])
      child.kill('SIGINT')
      const result = await finish(child)

      return { ...result, stdout: Buffer.from(`${first}\n`) }
    }

    async function runCommand (text: string): Promise<Result> {
      const [, command, ...args] = words(text.replace(/ > .*$/, ''))
        .map(word => word.replace(ADDRESS, listener.address))
        .map(word => /^(?:photo\.jpg|node\.key)$/.test(word) ? join(folder, word) : word)

      if (command === 'listen') {
        return listen(args.map((arg, i) => args[i - 1] === '--port' ? '0' : arg))
      }

      return run([command, ...args])
    }

    const own = COMMANDS.flatMap(([pattern, { by }]) => by === 'itself' ? pattern : [])

    all.filter(({ text }) => own.some(pattern => pattern.test(text))).forEach(({ path, text, output }) => {
      it(`work, and print what ${path} shows: ${text}`, async () => {
        const { code, stdout, stderr } = await runCommand(text)
        expect(code).to.equal(0, stderr)

        const shown = firstShown(output)

        if (shown != null) {
          expect(`${stdout.toString()}\n${stderr}`.split('\n').map(shape)).to.include(shape(shown))
        }
      })
    })
  })
})
