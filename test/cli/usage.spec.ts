import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { DEAD, finish, killAll, run, runEach, start } from '../support/command-line.ts'
import type { Result } from '../support/command-line.ts'

const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url))

describe('the usage of the command line', () => {
  after(killAll)

  const WRONG: Array<[string[], string]> = [
    [[], 'a command is missing'],
    [['serve'], "unknown command 'serve'"],
    [['--loud'], "unknown option '--loud'"],
    [['listen', '--port', '65536'], '0 to 65535'],
    [['listen', '--host', 'localhost'], 'not an IP address'],
    [['listen', '--address', '/ip4/127.0.0.1/tcp/0'], 'not of webrtc-direct'],
    [['listen', '--address', '/dns4/localhost/udp/0/webrtc-direct'], 'needs an IP address'],
    [['listen', '--address', '/ip4/127.0.0.1/udp/0/webrtc-direct', '--port', '1'], 'cannot be used with'],
    [['ping'], "missing required argument 'address'"],
    [['ping', 'nonsense'], 'not a multiaddr'],
    [['ping', '/ip4/127.0.0.1/tcp/9'], 'not of webrtc-direct'],
    [['ping', '/ip4/127.0.0.1/udp/9/webrtc-direct'], 'no /certhash'],
    [['ping', '-c', 'four', DEAD], 'not a whole number'],
    [['ping', '-i', '0', DEAD], 'not a number of seconds'],
    [['ping', DEAD, DEAD], 'too many arguments'],
    [['echo'], "missing required argument 'address'"],
    [['echo', DEAD, 'no/such/file'], "can't read no/such/file"],
    [['echo', DEAD, tmpdir()], 'is a directory'],
    [['perf'], "missing required argument 'address'"],
    [['stats'], "missing required argument 'address'"],
    [['completion'], "missing required argument 'shell'"],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    [['perf', '--upload', '64 miles', DEAD], 'not a number of bytes'],
    [['perf', '--runs', '-1', DEAD], 'not a whole number']
  ]

  const HELP = ['', 'listen', 'address', 'ping', 'echo', 'perf', 'stats', 'completion'].map(command => [...command.split(' ').filter(Boolean), '--help'])

  let wrong: Result[]
  let help: Result[]

  before(async () => {
    wrong = await runEach(WRONG.map(([args]) => args))
  })

  before(async () => {
    help = await runEach(HELP)
  })

  WRONG.forEach(([args, message], i) => {
    it(`is not "${args.join(' ')}"`, () => {
      const { code, stdout, stderr } = wrong[i]

      expect(stderr).to.match(/^webrtc-direct: .*\n$/).and.include(message)
      expect(stdout).to.have.lengthOf(0)
      expect(code).to.equal(2)
    })
  })

  HELP.forEach((args, i) => {
    it(`is shown by "${args.join(' ')}", with examples`, () => {
      const { code, stdout } = help[i]

      expect(stdout.toString()).to.match(/^Usage: webrtc-direct/).and.include('Examples:')
      expect(code).to.equal(0)
    })
  })

  it('has an option that tells the version', async () => {
    const { code, stdout } = await run(['--version'])

    expect(stdout.toString().trim()).to.equal(JSON.parse(await readFile(MANIFEST, 'utf8')).version)
    expect(code).to.equal(0)
  })
})

describe('the version of Node.js', () => {
  let minimum: number

  before(async () => {
    minimum = parseInt(JSON.parse(await readFile(MANIFEST, 'utf8')).engines.node.replace('>=', ''))
  })

  function pretend (version: string): string[] {
    return ['--import', `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '${version}' })`]
  }

  it('may not be older than the package says', async () => {
    const version = `${minimum - 1}.99.0`

    await expect(finish(start(['--version'], pretend(version)))).to.eventually.include({
      code: 1,
      stderr: `webrtc-direct: Node.js ${minimum} or newer is needed, this is ${version}\n`
    })
  })

  it('may be as old as the package says', async () => {
    await expect(finish(start(['--version'], pretend(`${minimum}.0.0`)))).to.eventually.include({ code: 0, stderr: '' })
  })
})
