import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import { MAN_PAGE, renderManPage } from '../../scripts/man-page.ts'
import { completionScript } from '../../src/cli/completion.ts'
import { createOutput } from '../../src/cli/output.ts'
import { createProgram } from '../../src/cli/program.ts'
import { PseudoTerminal } from '../support/pseudo-terminal.ts'

// zsh reads a line
const PROMPT = /\x1b\[\?2004h/ // eslint-disable-line no-control-regex

// it has shown what there is, and goes back to the line
const LIST = /\r\n\x1b\[J([^]*?)\x1b\[\d*A/ // eslint-disable-line no-control-regex
const CONTROL = /\x1b\[[\d;]*[A-Za-z]/g // eslint-disable-line no-control-regex

const execute = promisify(execFile)
const program = createProgram({ output: createOutput(false), signal: new AbortController().signal, onEnd () {} })

const ASKED: Array<[string, string[]]> = [
  ['pi', ['ping']],
  ['comp', ['completion']],
  ['ping --dialer-version ', ['1', '2', 'auto']],
  ['ping --cou', ['--count']],
  ['echo --', ['--dialer-version', '--help', '--json', '--quiet', '--timeout']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['echo ADDRESS READ', ['README.md']],
  ['listen --key package.j', ['package.json']],
  ['listen --key=package.j', ['package.json']]
]

async function byBash (text: string): Promise<string[]> {
  const words = ['webrtc-direct', ...text.split(/ |(=)/).filter(word => word != null)]
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _webrtc_direct; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execute('bash', ['--norc', '-c', script, 'bash', ...words])

  return stdout.trim().split('\n').sort()
}

async function byFish (text: string): Promise<string[]> {
  const script = `${completionScript(program, 'fish')}\ncomplete -C ${JSON.stringify(`webrtc-direct ${text}`)}`
  const { stdout } = await execute('fish', ['--no-config', '-c', script])

  return stdout.trim().split('\n').map(line => line.split('\t')[0].replace(/^--key=/, '')).sort()
}

describe('the completion of a shell (needs bash, zsh, fish and python3)', () => {
  for (const [text, words] of ASKED) {
    it(`completes "${text}" in bash`, async () => {
      await expect(byBash(text)).to.eventually.deep.equal(words)
    })

    it(`completes "${text}" in fish`, async () => {
      await expect(byFish(text)).to.eventually.deep.equal(words)
    })
  }

  for (const [text, words] of ASKED) {
    it(`completes "${text}" in zsh`, async () => {
      const zsh = new PseudoTerminal(['zsh', '-f', '-i'], { columns: 200 })

      try {
        await zsh.until(PROMPT)
        zsh.type(`autoload -U compinit && compinit -u -D && source <(${process.execPath} bin/webrtc-direct.js completion zsh) && webrtc-direct () { print -r "got:$*" } && echo loa''ded\r`)
        await zsh.until(/loaded[^]*2004h/)

        const before = zsh.output.length

        if (words.length === 1) {
          zsh.type(`webrtc-direct ${text}\t\r`)
          const [, completed] = await zsh.until(/\ngot:([^\r]*)/, before)

          expect(completed.trim()).to.match(new RegExp(`(^|[ =])${words[0]}=?$`))
        } else {
          zsh.type(`webrtc-direct ${text}\t`)
          const [, list] = await zsh.until(LIST, before)

          // an option has a description behind it
          expect(list.replace(CONTROL, '').split('\r\n').flatMap(line => line.split(/ +-- /)[0].trim().split(/ +/)).sort()).to.deep.equal(words)
        }
      } finally {
        zsh.kill()
      }
    })
  }
})

describe('the man page', () => {
  it('is up to date (npm run generate:man)', async () => {
    await expect(readFile(MAN_PAGE, 'utf8')).to.eventually.equal(renderManPage())
  })

  it('has every command and option', () => {
    const page = renderManPage().replaceAll('\\-', '-')

    for (const command of program.commands) {
      expect(page).to.include(`.SS ${command.name()} `)
      command.options.forEach(({ flags }) => { expect(page).to.include(`.B ${flags}\n`) })
    }
  })

  it('is understood by groff without a warning', async () => {
    const { stdout, stderr } = await execute('groff', ['-man', '-Tutf8', '-ww', MAN_PAGE])

    expect(stdout).to.include('webrtc')
    expect(stderr).to.equal('')
  })
})
