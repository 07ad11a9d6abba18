import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { ping } from '@libp2p/ping'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../../src/index.ts'
import { DEAD, finish, killAll, line, objects, run, runEach, start, startListener } from '../support/command-line.ts'
import { serverOfEachTest } from '../support/protocol-server.ts'
import type { Result } from '../support/command-line.ts'

describe('the ping command', () => {
  let address: string
  let peerId: string

  before(async () => {
    ({ address, peerId } = await startListener())
  })

  after(killAll)

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
    expect(lines[8]).to.equal('')
    expect(lines.slice(9, -1)).to.have.length.within(1, 11)

    for (const row of lines.slice(9, -1)) {
      expect(row).to.match(/^ *[0-9.]+ (- [0-9.]+|or more) ms  +\d+( +█+)?$/)
    }

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
    expect(summary.histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).to.equal(2)
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

  it('pings the service of @libp2p/ping', async () => {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
      transports: [webRTCDirect()],
      services: { ping: ping() }
    })

    try {
      await expect(run(['ping', '-c', '2', '-i', '0.01', `${node.getMultiaddrs()[0]}`])).to.eventually.have.property('code', 0)
    } finally {
      await node.stop()
    }
  })
})

describe('dialing an address where nobody answers', () => {
  const COMMANDS = ['ping', 'echo', 'perf', 'stats']
  let results: Result[]

  before(async () => {
    results = await runEach(COMMANDS.map(command => [command, '-t', '0.2', DEAD]))
  })

  COMMANDS.forEach((command, i) => {
    it(`lets ${command} fail, and tell in which step`, () => {
      const { code, stdout, stderr } = results[i]

      expect(stderr).to.match(/^webrtc-direct: ice: .*\n$/)
      expect(stdout).to.have.lengthOf(0)
      expect(code).to.equal(1)
    })
  })

  it('can be interrupted', async () => {
    // once it listens to signals
    const child = start(['ping', '-t', '1000', DEAD], ['--import', 'data:text/javascript,setInterval(() => process.emit("SIGINT"), 500).unref()'])

    await expect(finish(child)).to.eventually.include({ code: 1, stderr: 'webrtc-direct: interrupted\n' })
  })
})

describe('the ping command, with a peer that behaves otherwise', () => {
  const serve = serverOfEachTest()

  it('opens another stream where the peer ends it after every ping', async () => {
    const address = await serve('/ipfs/ping/1.0.0', async (stream) => {
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
    const address = await serve('/ipfs/ping/1.0.0', async (stream) => {
      for await (const data of stream) {
        stream.send(new Uint8Array(data.byteLength))
      }
    })
    const { code, stdout } = await run(['ping', '-c', '1', address])

    expect(stdout.toString()).to.include('lost seq=1: ').and.include('other bytes')
    expect(code).to.equal(1)
  })

  it('gets no answer where the peer is silent', async () => {
    const address = await serve('/ipfs/ping/1.0.0', () => {})
    const { code, stdout } = await run(['ping', '-c', '1', '-W', '0.2', address])

    expect(stdout.toString()).to.include('lost seq=1: no answer within 0.2 s')
    expect(code).to.equal(1)
  })
})
