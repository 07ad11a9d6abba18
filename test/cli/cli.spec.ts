import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { ping } from '@libp2p/ping'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../../src/index.ts'
import { DEAD, finish, killAll, line, objects, run, start } from '../support/command-line.ts'
import type { Libp2p, StreamHandler } from '@libp2p/interface'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'

const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url))

// how long ending after Ctrl-C may take, in ms
const EXIT_DEADLINE = 5_000

describe('the command line', () => {
  after(killAll)

  describe('usage', () => {
    for (const [args, message] of [
      [[], 'a command is missing'],
      [['serve'], "unknown command 'serve'"],
      [['--loud'], "unknown option '--loud'"],
      [['listen', '--port', '65536'], '0 to 65535'],
      [['listen', '--host', 'localhost'], 'not an IP address'],
      [['listen', '--address', '/ip4/127.0.0.1/tcp/0'], 'not of webrtc-direct'],
      [['listen', '--address', '/ip4/127.0.0.1/udp/0/webrtc-direct', '--port', '1'], 'cannot be used with'],
      [['ping'], "missing required argument 'address'"],
      [['ping', 'nonsense'], 'not a multiaddr'],
      [['ping', '/ip4/127.0.0.1/tcp/9'], 'not of webrtc-direct'],
      [['listen', '--address', '/dns4/localhost/udp/0/webrtc-direct'], 'needs an IP address'],
      [['ping', '/ip4/127.0.0.1/udp/9/webrtc-direct'], 'no /certhash'],
      [['ping', '-c', 'four', DEAD], 'not a whole number'],
      [['ping', '-i', '0', DEAD], 'not a number of seconds'],
      [['ping', DEAD, DEAD], 'too many arguments'],
      [['echo'], "missing required argument 'address'"],
      [['echo', DEAD, 'no/such/file'], "can't read no/such/file"],
      [['echo', DEAD, tmpdir()], 'is a directory'],
      [['perf'], "missing required argument 'address'"],
      [['perf', '--upload', '64 miles', DEAD], 'not a number of bytes'],
      [['perf', '--runs', '-1', DEAD], 'not a whole number']
    ] as Array<[string[], string]>) {
      it(`"${args.join(' ')}" is wrong`, async () => {
        const { code, stdout, stderr } = await run(args)

        expect(stderr).to.match(/^webrtc-direct: .*\n$/).and.include(message)
        expect(stdout).to.have.lengthOf(0)
        expect(code).to.equal(2)
      })
    }

    for (const command of ['', 'listen', 'ping', 'echo', 'perf']) {
      it(`"${command} --help" has examples`, async () => {
        const { code, stdout } = await run([...command.split(' ').filter(Boolean), '--help'])

        expect(stdout.toString()).to.match(/^Usage: webrtc-direct/).and.include('Examples:')
        expect(code).to.equal(0)
      })
    }

    it('tells its version', async () => {
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

  describe('with a listener', () => {
    let listener: ChildProcessWithoutNullStreams
    let address: string
    let peerId: string
    let folder: string

    before(async () => {
      listener = start(['listen', '--host', '127.0.0.1', '--json'])

      const listening = JSON.parse(await line(listener, () => true))
      expect(listening).to.have.property('event', 'listening')
      address = listening.addresses[0]
      peerId = listening.peerId

      folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-test-'))
    })

    after(async () => {
      listener.kill('SIGKILL')
      await rm(folder, { recursive: true })
    })

    it('pings', async () => {
      const { code, stdout, stderr } = await run(['ping', '-c', '3', '-i', '0.01', address])
      const lines = stdout.toString().split('\n')

      expect(lines[0]).to.include(peerId).and.include('connected in')

      for (const seq of [1, 2, 3]) {
        expect(lines[seq]).to.match(new RegExp(`^32 bytes from ${peerId}: seq=${seq} time=[0-9.]+ ms$`))
      }

      expect(lines[4]).to.equal('')
      expect(lines[5]).to.equal(`--- ${peerId} ping statistics ---`)
      expect(lines[6]).to.match(/^3 packets transmitted, 3 received, 0% packet loss, time \d+ ms$/)
      expect(lines[7]).to.match(/^rtt min\/avg\/max\/mdev = ([0-9.]+\/){3}[0-9.]+ ms$/)
      expect(stderr).to.equal('')
      expect(code).to.equal(0)
    })

    it('pings for machines', async () => {
      const result = await run(['ping', '-c', '2', '-i', '0.01', '--json', address])
      const [connected, first, second, summary] = objects(result)

      expect(connected).to.include({ event: 'connected', peerId, address })
      expect(first).to.include({ event: 'reply', peerId, seq: 1, bytes: 32 })
      expect(first.time).to.be.above(0)
      expect(second).to.include({ event: 'reply', seq: 2 })
      expect(summary).to.include({ event: 'summary', peerId, transmitted: 2, received: 2, loss: 0 })
      expect(summary.rtt).to.have.all.keys('min', 'avg', 'max', 'mdev')
      expect(result.code).to.equal(0)
    })

    it('sums up on Ctrl-C', async () => {
      const child = start(['ping', '-c', '0', '-i', '1000', address])
      const result = finish(child)

      child.stdout.on('data', (data) => {
        if (`${data}`.includes('seq=1')) {
          child.kill('SIGINT')
        }
      })

      const { code, stdout } = await result

      expect(stdout.toString()).to.include('1 packets transmitted, 1 received, 0% packet loss')
      expect(code).to.equal(0)
    })

    it('ends when nobody reads the output any more', async () => {
      const child = start(['ping', '-c', '0', '-i', '0.01', address])
      await line(child, line => line.includes('seq=1'))
      child.stdout.destroy()

      const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')])

      expect(stderr).to.equal('')
    })

    it('echoes files', async () => {
      for (const size of [0, 1, 5_000_000]) {
        const path = join(folder, `${size}`)
        const data = randomBytes(size)
        await writeFile(path, data)

        const { code, stdout, stderr } = await run(['echo', address, path])

        expect(stdout.equals(data)).to.equal(true)
        expect(stderr).to.match(/^sent .*, received .* in .*, equal\n$/)
        expect(code).to.equal(0)
      }
    })

    it('echoes standard input', async () => {
      const data = randomBytes(3_000_000)
      const { code, stdout, stderr } = await run(['echo', '--quiet', address], data)

      expect(stdout.equals(data)).to.equal(true)
      expect(stderr).to.equal('')
      expect(code).to.equal(0)
    })

    it('echoes line by line, before the input ends', async () => {
      const child = start(['echo', address, '-'])
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

      for (const text of ['one', 'two']) {
        child.stdin.write(`${text}\n`)
        await expect(lines.next()).to.eventually.have.property('value', text)
      }

      child.stdin.end()
      await expect(once(child, 'exit')).to.eventually.deep.equal([0, null])
    })

    it('loses nothing where its output is read late', async () => {
      const child = start(['echo', '--quiet', address])
      const exit = once(child, 'exit')
      const data = randomBytes(20_000_000)

      // as much as may be under way, while nobody reads
      await new Promise(resolve => child.stdin.write(data.subarray(0, 1_000_000), resolve))
      child.stdin.end(data.subarray(1_000_000))

      const [received] = await Promise.all([buffer(child.stdout), exit])
      expect(received.equals(data)).to.equal(true)
    })

    it('echoes for machines', async () => {
      const result = await run(['echo', '--json', address], 'some bytes')

      expect(objects(result)).to.have.lengthOf(1)
      expect(objects(result)[0]).to.include({
        event: 'summary',
        peerId,
        bytesSent: 10,
        bytesReceived: 10,
        sha256: createHash('sha256').update('some bytes').digest('hex'),
        equal: true
      })
      expect(result.stderr).to.equal('')
      expect(result.code).to.equal(0)
    })

    it('ends an echo on Ctrl-C', async () => {
      const child = start(['echo', address])
      const result = finish(child)

      child.stdin.write('are you there?\n')
      child.stdout.once('data', () => { child.kill('SIGINT') })

      await expect(result).to.eventually.include({ code: 1, stderr: 'webrtc-direct: interrupted\n' })
    })
  })

  describe('listen', () => {
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

      child.kill('SIGINT')
      await once(child, 'exit')
    })

    it('tells who comes and goes', async () => {
      const child = start(['listen', '--host', '127.0.0.1'])
      const address = await line(child, () => true)
      const notes = createInterface({ input: child.stderr })[Symbol.asyncIterator]()

      await expect(notes.next()).to.eventually.have.property('value').that.include('Ctrl-C')
      await run(['ping', '-c', '1', address])
      await expect(notes.next()).to.eventually.have.property('value').that.match(/^12D3\w+ connected from \/ip4\/127\.0\.0\.1\/udp\/\d+/)
      await expect(notes.next()).to.eventually.have.property('value').that.match(/^12D3\w+ left$/)

      child.kill('SIGINT')
      await once(child, 'exit')
    })

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`ends gracefully on ${signal} while a peer is connected`, async () => {
        const child = start(['listen', '--host', '127.0.0.1'])
        const address = await line(child, () => true)
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
      const child = start(['listen', '--host', '127.0.0.1'])
      const [, port] = (await line(child, () => true)).match(/\/udp\/(\d+)\//) ?? []
      const { code, stdout, stderr } = await run(['listen', '--host', '127.0.0.1', '--port', port])

      expect(stderr).to.match(/^webrtc-direct: can't listen on .*\n$/)
      expect(stdout.toString()).to.equal('')
      expect(code).to.equal(1)

      child.kill('SIGINT')
      await once(child, 'exit')
    })
  })

  describe('with nobody there', () => {
    for (const command of ['ping', 'echo', 'perf']) {
      it(`${command} tells in which step it failed`, async () => {
        const { code, stdout, stderr } = await run([command, '-t', '0.5', DEAD])

        expect(stderr).to.match(/^webrtc-direct: ice: .*\n$/)
        expect(stdout).to.have.lengthOf(0)
        expect(code).to.equal(1)
      })
    }

    it('can be interrupted while it dials', async () => {
      const child = start(['ping', '-t', '1000', DEAD], ['--import', 'data:text/javascript,setTimeout(() => process.emit("SIGINT"), 500)'])

      await expect(finish(child)).to.eventually.include({ code: 1, stderr: 'webrtc-direct: interrupted\n' })
    })
  })

  describe('with a peer that behaves otherwise', () => {
    let node: Libp2p

    async function startPeer (protocol: string, handler: StreamHandler): Promise<string> {
      node = await createLibp2p({
        addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
        transports: [webRTCDirect()]
      })
      await node.handle(protocol, handler)

      return node.getMultiaddrs()[0].toString()
    }

    afterEach(async () => {
      await node.stop()
    })

    it('opens another stream where the peer ends it after every ping', async () => {
      const address = await startPeer('/ipfs/ping/1.0.0', async (stream) => {
        const { done, value } = await stream[Symbol.asyncIterator]().next()

        if (done !== true) {
          stream.send(value)
          await stream.close()
        }
      })
      const { code, stdout } = await run(['ping', '-c', '3', '-i', '0.1', address])

      expect(stdout.toString()).to.include('3 packets transmitted, 3 received')
      expect(code).to.equal(0)
    })

    it('gets no answer where the peer sends other bytes', async () => {
      const address = await startPeer('/ipfs/ping/1.0.0', async (stream) => {
        for await (const data of stream) {
          stream.send(new Uint8Array(data.byteLength))
        }
      })
      const { code, stdout } = await run(['ping', '-c', '1', address])

      expect(stdout.toString()).to.include('lost seq=1: ').and.include('other bytes')
      expect(code).to.equal(1)
    })

    it('gets no answer where the peer is silent', async () => {
      const address = await startPeer('/ipfs/ping/1.0.0', () => {})
      const { code, stdout } = await run(['ping', '-c', '1', '-W', '0.2', address])

      expect(stdout.toString()).to.include('lost seq=1: no answer within 0.2 s')
      expect(code).to.equal(1)
    })

    for (const [what, handler] of [
      ['sends other bytes', async (stream) => {
        for await (const data of stream) {
          stream.send(new Uint8Array(data.byteLength))
        }
        await stream.close()
      }],
      ['sends more', async (stream) => {
        for await (const data of stream) {
          stream.send(data)
        }
        stream.send(Uint8Array.of(0))
        await stream.close()
      }],
      ['sends less', async (stream) => {
        for await (const data of stream) {
          stream.send(data.subarray(1))
        }
        await stream.close()
      }]
    ] as Array<[string, StreamHandler]>) {
      it(`fails where the echo ${what}`, async () => {
        const address = await startPeer('/echo/1.0.0', handler)
        const { code, stderr } = await run(['echo', address], 'some bytes')

        expect(stderr).to.include('NOT EQUAL')
        expect(code).to.equal(1)
      })
    }

    it('fails where the echo ends too early', async () => {
      const address = await startPeer('/echo/1.0.0', async (stream) => {
        await stream.close()
      })
      const child = start(['echo', address])
      const { code, stderr } = await finish(child)

      expect(stderr).to.equal('webrtc-direct: the peer ended the stream after 0 bytes, before it had everything\n')
      expect(code).to.equal(1)
    })

    it('fails where the echo is reset', async () => {
      const address = await startPeer('/echo/1.0.0', (stream) => {
        stream.abort(new Error('no'))
      })
      const { code, stderr } = await run(['echo', address], 'some bytes')

      expect(stderr).to.match(/^webrtc-direct: .*reset.*\n$/)
      expect(code).to.equal(1)
    })

    it('fails where there is no echo', async () => {
      const address = await startPeer('/other/1.0.0', () => {})
      const { code, stderr } = await run(['echo', address], 'some bytes')

      expect(stderr).to.match(/^webrtc-direct: .*\/echo\/1\.0\.0.*\n$/)
      expect(code).to.equal(1)
    })

    it('pings the service of @libp2p/ping', async () => {
      node = await createLibp2p({
        addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
        transports: [webRTCDirect()],
        services: { ping: ping() }
      })

      await expect(run(['ping', '-c', '2', '-i', '0.01', `${node.getMultiaddrs()[0]}`])).to.eventually.have.property('code', 0)
    })
  })
})
