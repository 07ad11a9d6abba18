import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'aegir/chai'
import { commands, words } from '../docs/console.ts'
import { ROOT } from '../docs/documents.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function run (...args: string[]): Promise<{ code: number | null, output: string }> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])

  return { code, output: `${stdout}${stderr}` }
}

/**
 * Those of the documentation that begin so
 */
function documented (name: string): string[] {
  return commands().map(({ text }) => text).filter(text => text.startsWith(`${name} `))
}

describe('the commands that take long', function () {
  this.timeout(180_000)

  const folder = temporaryFolder()

  const SHORT: Array<[what: string, args: () => string[], prints: RegExp]> = [
    ['hostile bytes', () => ['scripts/fuzz.js', '--minutes', '0.01'], /\d+ passing/],
    ['many runs of a test', () => ['scripts/repeat.js', '2', 'clock'], /run 2 of 2 passed/],
    ['measurements beside others', () => ['dist/bench/run.js', '--quick', '--rounds', '1', '--figure', 'request and answer'], /\d+ passed, \d+ failed/],
    ['an hour of everything', () => ['dist/soak/run.js', '--minutes', '0.1', '--svg', join(folder.path, 'soak.svg')], /\d+ passed, \d+ failed/]
  ]

  for (const [what, args, prints] of SHORT) {
    describe(what, () => {
      it('does a little of it', async () => {
        const { output } = await run(...args())

        expect(output).to.match(prints)
      })
    })
  }
})

describe('a command of the system', () => {
  const folder = temporaryFolder()

  it('takes what the documentation says', () => {
    const [openssl, ...others] = documented('openssl')
    const made = spawnSync('openssl', words(openssl).slice(1), { cwd: folder.path, encoding: 'utf8' })

    expect(others).to.deep.equal([])
    expect(made.status).to.equal(0, made.stderr)
    expect(existsSync(join(folder.path, 'certificate.pem')) && existsSync(join(folder.path, 'key.pem'))).to.be.true()

    // in a table of its own, and nothing is changed
    for (const rule of documented('nft')) {
      const input = ['add table inet filter', 'add chain inet filter input', rule.replace(/^nft /, '')].join('\n')
      const checked = spawnSync('nft', ['--check', '-f', '-'], { input, encoding: 'utf8' })

      expect(checked.status).to.equal(0, checked.stderr)
    }

    expect(documented('nft')).to.not.be.empty()
  })
})
