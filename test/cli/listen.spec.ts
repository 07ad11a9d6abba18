import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect } from 'aegir/chai'
import { killAll, line, run, start, startListener } from '../support/command-line.ts'

// how long ending after Ctrl-C may take, in ms
const EXIT_DEADLINE = 5_000

describe('the listen command', () => {
  afterEach(killAll)

  it('prints one address per line', async () => {
    const child = start(['listen', '--host', '127.0.0.1'])

    await expect(line(child, () => true)).to.eventually.match(/^\/ip4\/127\.0\.0\.1\/udp\/\d+\/webrtc-direct\/certhash\/uEi[\w-]+\/p2p\/12D3\w+$/)

    child.kill('SIGINT')
    await expect(once(child, 'exit')).to.eventually.deep.equal([0, null])
  })

  it('listens on several addresses', async () => {
    const child = start(['listen', '--json', '--address', '/ip4/127.0.0.1/udp/0/webrtc-direct', '--address', '/ip4/127.0.0.2/udp/0/webrtc-direct'])
    const { addresses } = JSON.parse(await line(child, () => true))

    expect(addresses).to.have.lengthOf(2)
    expect(addresses[0]).to.match(/^\/ip4\/127\.0\.0\.1\//)
    expect(addresses[1]).to.match(/^\/ip4\/127\.0\.0\.2\//)
  })

  it('tells who comes and goes', async () => {
    const child = start(['listen', '--host', '127.0.0.1'])
    const address = await line(child, () => true)
    const notes = createInterface({ input: child.stderr })[Symbol.asyncIterator]()

    await expect(notes.next()).to.eventually.have.property('value').that.include('Ctrl-C')
    await run(['ping', '-c', '1', address])
    await expect(notes.next()).to.eventually.have.property('value').that.match(/^12D3\w+ connected from \/ip4\/127\.0\.0\.1\/udp\/\d+/)
    await expect(notes.next()).to.eventually.have.property('value').that.match(/^12D3\w+ left$/)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends gracefully on ${signal} while a peer is connected`, async () => {
      const { child, address } = await startListener()
      const peer = start(['echo', address])
      const peerExit = once(peer, 'exit')

      peer.stdin.write('hello')
      await once(peer.stdout, 'data')

      const exit = once(child, 'exit', { signal: AbortSignal.timeout(EXIT_DEADLINE) })
      child.kill(signal)

      await expect(exit).to.eventually.deep.equal([0, null])
      await expect(peerExit).to.eventually.deep.equal([1, null])
    })
  }

  it('fails on an address that is not of this machine', async () => {
    const { code, stdout, stderr } = await run(['listen', '--host', '192.0.2.77'])

    expect(stderr).to.match(/^webrtc-direct: can't listen on .*192\.0\.2\.77.*\n$/)
    expect(stdout).to.have.lengthOf(0)
    expect(code).to.equal(1)
  })

  it('fails on a port that is in use', async () => {
    const { address } = await startListener()
    const [, port] = address.match(/\/udp\/(\d+)\//) ?? []
    const { code, stdout, stderr } = await run(['listen', '--host', '127.0.0.1', '--port', port])

    expect(stderr).to.match(/^webrtc-direct: can't listen on .*\n$/)
    expect(stdout.toString()).to.equal('')
    expect(code).to.equal(1)
  })
})
