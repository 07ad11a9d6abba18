import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { killAll, line, objects, run, start, startListener } from '../support/command-line.ts'
import { PseudoTerminal } from '../support/pseudo-terminal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { TerminalInit } from '../support/pseudo-terminal.ts'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-direct.js', import.meta.url))
const CTRL_C = '\x03'
const ENTER = '\x1b[?1049h'
const LEAVE = '\x1b[?1049l'
const HIDE = '\x1b[?25l'
const SHOW = '\x1b[?25h'

describe('the command line on a terminal', () => {
  const terminals: PseudoTerminal[] = []

  function terminal (args: string[], init?: TerminalInit): PseudoTerminal {
    const terminal = new PseudoTerminal([process.execPath, BIN, ...args], init)
    terminals.push(terminal)

    return terminal
  }

  function expectClean (terminal: PseudoTerminal): void {
    // the terminal shows what is typed, also behind the last line
    const output = terminal.output.replaceAll('^C', '')

    expect(output.lastIndexOf(LEAVE)).to.be.at.least(output.lastIndexOf(ENTER))
    expect(output.lastIndexOf(SHOW)).to.be.at.least(output.lastIndexOf(HIDE))
    expect(output).to.match(/(\n|l|h)$/)
  }

  afterEach(() => {
    terminals.splice(0).forEach(terminal => { terminal.kill() })
    killAll()
  })

  it('shows who is connected in a table, also after it was resized, and is clean after Ctrl-C', async () => {
    const listener = terminal(['listen', '--host', '127.0.0.1', '--interval', '0.2'])
    const [address] = await listener.until(/\/ip4\/127\.0\.0\.1\/udp\/\d+\/webrtc-direct\/certhash\/[\w-]+\/p2p\/\w+/)
    await listener.until(/Nobody is connected/)

    const peer = start(['ping', '-c', '0', '-i', '0.1', '--json', address])
    await line(peer, line => line.includes('reply'))
    await listener.until(/1 connection, 1 peer/)
    await listener.until(/127\.0\.0\.1:\d+ .* ms/)

    const before = listener.output.length
    listener.resize(40, 20)
    await listener.until(/PEER +RTT +IN +OUT\x1b/, before) // eslint-disable-line no-control-regex

    listener.type(CTRL_C)
    await expect(listener.exit()).to.eventually.equal(0)
    expectClean(listener)
    expect(listener.output).to.match(/Listened for \d+s: 1 connection\r\n$/)
    peer.kill('SIGINT')
  })

  it('prints lines where the cursor can not be moved', async () => {
    const listener = terminal(['listen', '--host', '127.0.0.1'], { env: { TERM: 'dumb' } })

    await listener.until(/Ctrl-C ends/)
    listener.type(CTRL_C)
    await expect(listener.exit()).to.eventually.equal(0)
    expect(listener.output).not.to.include('\x1b')
  })

  it('shows how far perf is, and is clean after Ctrl-C', async () => {
    const { address } = await startListener('--perf')
    const perf = terminal(['perf', '--upload', '100GB', '--download', '0', address], { columns: 60 })

    await perf.until(/up .*\d+% \| .*left/)
    perf.type(CTRL_C)
    await expect(perf.exit()).to.eventually.equal(1)
    expectClean(perf)
  })

  it('lets the remote see a close after a second Ctrl-C', async () => {
    const { child, address } = await startListener()
    const gone = line(child, line => line.includes('"disconnected"'))
    const ping = terminal(['ping', '-c', '0', address])

    await ping.until(/seq=1/)

    // then there is something to wait for
    child.kill('SIGSTOP')
    ping.type(CTRL_C)
    await ping.until(/ping statistics/)

    // one that comes within 100 ms is the same, and one that meets the end of the
    // process ends it as any other
    setTimeout(() => { ping.type(CTRL_C) }, 150)
    await expect(ping.exit()).to.eventually.equal(130)
    expectClean(ping)
    child.kill('SIGCONT')
    await expect(gone).to.eventually.include('disconnected')
  })

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    it(`is clean after ${signal}, and has told the remote`, async () => {
      const listener = terminal(['listen', '--host', '127.0.0.1', '--interval', '0.2'])
      const [address] = await listener.until(/\/ip4\/127\.0\.0\.1\/udp\/\d+\/webrtc-direct\/certhash\/[\w-]+\/p2p\/\w+/)
      await listener.until(/Nobody is connected/)
      const peer = start(['echo', address])
      const told = text(peer.stderr)

      peer.stdin.write('are you there?\n')
      await once(peer.stdout, 'data')
      await listener.until(/1 connection, 1 peer/)

      listener.signal(signal)
      await expect(listener.exit()).to.eventually.equal(0)
      expectClean(listener)

      // which of them comes first; a remote that says nothing is another error
      await expect(told).to.eventually.match(/the peer ended the stream|The connection ended before/)
    })
  }

  it('has no colours with NO_COLOR, and has them on a terminal', async () => {
    const [colored, uncolored] = [{ CI: 'true' }, { NO_COLOR: '1' }].map(env => terminal(['ping', 'nonsense'], { env }))

    await Promise.all([colored.exit(), uncolored.exit()])
    expect(colored.output).to.include('\x1b[31m')
    expect(uncolored.output).not.to.include('\x1b')
  })
})

describe('the command line without a terminal', () => {
  const folder = temporaryFolder()

  after(killAll)

  it('writes lines without escape sequences', async () => {
    const { address } = await startListener('--perf')
    const { stdout, stderr } = await run(['perf', '--upload', '5MB', '--download', '5MB', address])

    expect(stdout.toString() + stderr).to.include('run=1').and.not.include('\x1b')
  })

  it('writes to a file what is asked for, and nothing that is for terminals', async () => {
    const path = join(folder.path, 'output')
    const { address } = await startListener()
    const ping = new PseudoTerminal(['sh', '-c', `'${process.execPath}' '${BIN}' ping -c 1 '${address}' > '${path}'`])

    await expect(ping.exit()).to.eventually.equal(0)
    expect(ping.output).to.equal('')

    const text = await readFile(path, 'utf8')
    expect(text).to.match(/^PING /).and.include('1 received').and.not.include('\x1b')
  })

  it('tells machines of progress, each second', async () => {
    const { address } = await startListener('--perf')
    const perf = start(['perf', '--json', '--upload', '100GB', '--download', '0', address])
    const { bytes, size, rate, timeLeft, elapsed, direction } = JSON.parse(await line(perf, line => line.includes('"progress"')))

    expect({ size, direction }).to.deep.equal({ size: 100e9, direction: 'upload' })
    expect(elapsed).to.be.at.least(1_000)
    expect(rate).to.be.closeTo(1_000 * bytes / elapsed, 1)
    expect(timeLeft).to.be.closeTo(1_000 * (size - bytes) / rate, 1_000)
    perf.kill('SIGTERM')
  })

  it('tells machines the status of a listener', async () => {
    const { child, address } = await startListener('--interval', '0.1')
    const ping = start(['ping', '-c', '0', address])
    const status = JSON.parse(await line(child, line => line.includes('"peers":1')))

    expect(status).to.have.all.keys('event', 'uptime', 'peers', 'connections', 'refused')
    expect(status.connections[0]).to.include.keys('peerId', 'address', 'age', 'streams', 'bytesReceived', 'bytesSent', 'receiveRate', 'sendRate')
    ping.kill('SIGINT')
  })

  it('tells machines of errors on standard output', async () => {
    for (const [args, code] of [[['ping', '--json', 'nonsense'], 2], [['serve', '--json'], 2], [['perf', '--json', '--fast'], 2]] as const) {
      const result = await run([...args])
      const [error] = objects(result)

      expect(error).to.include({ event: 'error', name: 'UsageError', exitCode: code })
      expect(result).to.include({ stderr: '', code })
    }
  })

  it('ends where nobody reads its output any more', async () => {
    const { child, address } = await startListener()
    const gone = line(child, line => line.includes('"disconnected"'))
    const ping = start(['ping', '-c', '0', '-i', '0.05', address])

    await line(ping, line => line.includes('seq=1'))
    const exit = Promise.all([once(ping, 'exit'), text(ping.stderr)])
    ping.stdout.destroy()

    await expect(gone).to.eventually.include('disconnected')

    // there was an answer: `ping | head -1` does not fail a script with pipefail
    await expect(exit).to.eventually.deep.equal([[0, null], ''])
  })
})
