/**
 * The programs of both suites as the harness runs them: as processes, with
 * environment variables, a Redis server and standard output.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { isLoopback } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { createClient } from '@redis/client'
import { expect } from 'aegir/chai'
import { parse } from 'yaml'
import { freePort } from '../../test/support/free-port.ts'
import { startRedis } from './redis-server.ts'
import { formatSamples, sampleStatistics } from './samples.ts'
import type { RedisServer } from './redis-server.ts'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'

type Suite = 'transport' | 'perf'
type Program = ChildProcessByStdio<null, Readable, Readable>

// nobody answers there, in `DISCARD` of RFC 863
const DEAD = '/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/uEiB4DHLLDSkAlDRoOBQVwg2xI2ghg6wNOnDwdnO9L-Uy6Q/p2p/12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi'

interface Result {
  code: number | null
  stdout: string
  stderr: string
}

describe('the programs for libp2p\'s unified-testing', () => {
  const programs = new Set<Program>()
  let redis: RedisServer
  let client: Awaited<ReturnType<typeof openClient>>
  let redisPort: number
  let tests = 0
  let testKey: string

  // the type of a client is that of its options
  // eslint-disable-next-line @typescript-eslint/explicit-function-return-type
  async function openClient (port: number) {
    return createClient({ socket: { host: '127.0.0.1', port } }).connect()
  }

  /**
   * With the variables that the harness sets
   */
  function start (suite: Suite, role: 'dialer' | 'listener', variables: Record<string, string> = {}): Program {
    const program = spawn(process.execPath, [fileURLToPath(new URL(`./${suite}.js`, import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        IS_DIALER: `${role === 'dialer'}`,
        REDIS_ADDR: `127.0.0.1:${redisPort}`,
        TEST_KEY: testKey,
        TRANSPORT: 'webrtc-direct',
        LISTENER_IP: '0.0.0.0',
        DEBUG: 'false',
        ...variables
      }
    })

    programs.add(program)
    program.once('exit', () => { programs.delete(program) })

    return program
  }

  async function finish (program: Program): Promise<Result> {
    const [stdout, stderr, [code]] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      once(program, 'exit')
    ])

    return { code, stdout, stderr }
  }

  async function run (suite: Suite, variables: Record<string, string>): Promise<Result> {
    return finish(start(suite, variables.IS_DIALER === 'false' ? 'listener' : 'dialer', variables))
  }

  /**
   * Waits until the log of a program has such a line, and reads the rest of it
   */
  async function logged (program: Program, pattern: RegExp): Promise<string> {
    const lines = createInterface({ input: program.stderr })

    return new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        if (pattern.test(line)) {
          resolve(line)
        }
      })
      lines.once('close', () => { reject(new Error(`the log ended without ${pattern}`)) })
    })
  }

  async function withListener (suite: Suite, variables: Record<string, string>): Promise<Result> {
    const listener = start(suite, 'listener')
    const output = text(listener.stdout)

    await logged(listener, /^listening on /)

    const result = await run(suite, variables)
    const exit = once(listener, 'exit')

    listener.kill('SIGTERM')
    await expect(exit).to.eventually.deep.equal([0, null])
    await expect(output).to.eventually.equal('')

    return result
  }

  /**
   * As a listener does
   */
  async function leave (suite: Suite, address: string): Promise<void> {
    const key = `${testKey}_listener_multiaddr`

    if (suite === 'transport') {
      await client.rPush(key, address)
    } else {
      await client.set(key, address)
    }
  }

  before(async () => {
    redisPort = await freePort()
    redis = await startRedis(redisPort)
    client = await openClient(redisPort)
  })

  beforeEach(() => {
    testKey = (++tests).toString(16).padStart(8, '0')
  })

  afterEach(() => {
    for (const program of programs) {
      program.kill('SIGKILL')
    }
  })

  after(async () => {
    client?.destroy()
    await redis?.stop()
  })

  describe('of the transport suite', () => {
    it('measure the latency', async () => {
      const { code, stdout, stderr } = await withListener('transport', {})
      const { latency, ...rest } = parse(stdout, { strict: true })

      expect(stderr).to.match(/^dialing \S+\n$/)
      expect(rest).to.deep.equal({})
      expect(Object.keys(latency)).to.deep.equal(['handshake_plus_one_rtt', 'ping_rtt', 'unit'])
      expect(latency.unit).to.equal('ms')
      expect(latency.ping_rtt).to.be.a('number').that.is.above(0)
      expect(latency.handshake_plus_one_rtt).to.be.a('number').that.is.above(latency.ping_rtt)
      expect(code).to.equal(0)
    })

    it('find each other whichever is first', async () => {
      const dialer = start('transport', 'dialer')
      const result = finish(dialer)

      // the one client that blocks is the dialer
      while (!(await client.sendCommand<string>(['CLIENT', 'LIST'])).includes('cmd=blpop')) {
        // asks again
      }

      start('transport', 'listener')
      await expect(result).to.eventually.have.property('code', 0)
    })

    it('leave a list with the one address that others can dial', async () => {
      await client.rPush(`${testKey}_listener_multiaddr`, ['of', 'an earlier test'])

      const listener = start('transport', 'listener')
      const line = await logged(listener, /^listening on /)
      const addresses = await client.lRange(`${testKey}_listener_multiaddr`, 0, -1)
      const names = multiaddr(addresses[0]).getComponents().map(({ name }) => name)

      expect(addresses).to.have.lengthOf(1)
      expect(line).to.equal(`listening on ${addresses[0]}`)
      expect(names).to.deep.equal(['ip4', 'udp', 'webrtc-direct', 'certhash', 'p2p'])
      expect(addresses[0]).to.not.match(/^\/ip4\/0\.0\.0\.0\//)
    })

    it('listen on the interface they are told', async () => {
      const listener = start('transport', 'listener', { LISTENER_IP: '127.0.0.1' })
      const line = await logged(listener, /^listening on /)

      expect(isLoopback(multiaddr(line.replace('listening on ', '')))).to.equal(true)
    })

    it('wait for Redis', async () => {
      const port = await freePort()
      const variables = { REDIS_ADDR: `127.0.0.1:${port}` }
      const listener = start('transport', 'listener', variables)
      const dialer = start('transport', 'dialer', variables)
      const output = text(dialer.stdout)
      const exit = once(dialer, 'exit')

      await Promise.all([listener, dialer].map(async program => logged(program, /^waiting for Redis/)))

      const late = await startRedis(port)

      try {
        await expect(exit).to.eventually.deep.equal([0, null])
        expect(parse(await output)).to.have.property('latency')
      } finally {
        await late.stop()
      }
    })

    it('log more where DEBUG is true, and print the same', async () => {
      const { code, stdout, stderr } = await withListener('transport', { DEBUG: 'true' })

      expect(stderr).to.include('libp2p:webrtc-direct')
      expect(Object.keys(parse(stdout))).to.deep.equal(['latency'])
      expect(code).to.equal(0)
    })

    it('ignore that they are told of a muxer and a secure channel', async () => {
      await expect(withListener('transport', { MUXER: 'yamux', SECURE_CHANNEL: 'noise' })).to.eventually.have.property('code', 0)
    })

    it('end on SIGTERM while they wait', async () => {
      const dialer = start('transport', 'dialer', { REDIS_ADDR: `127.0.0.1:${await freePort()}` })
      const exit = once(dialer, 'exit')

      await logged(dialer, /^waiting for Redis/)
      dialer.kill('SIGTERM')
      await expect(exit).to.eventually.deep.equal([1, null])
    })
  })

  describe('of the perf suite', () => {
    it('measure throughput and latency', async () => {
      const { code, stdout } = await withListener('perf', {
        UPLOAD_BYTES: '300000',
        DOWNLOAD_BYTES: '200000',
        UPLOAD_ITERATIONS: '7',
        DOWNLOAD_ITERATIONS: '4',
        LATENCY_ITERATIONS: '9',
        DURATION: '20'
      })
      const results = parse(stdout, { strict: true })

      expect(Object.keys(results)).to.deep.equal(['upload', 'download', 'latency'])

      for (const [name, iterations, unit] of [['upload', 7, 'Gbps'], ['download', 4, 'Gbps'], ['latency', 9, 'ms']] as const) {
        const { samples, outliers, ...figures } = results[name]

        expect(Object.keys(results[name])).to.deep.equal(['iterations', 'min', 'q1', 'median', 'q3', 'max', 'outliers', 'samples', 'unit'])
        expect(figures).to.include({ iterations, unit })
        expect(samples).to.have.lengthOf(iterations)
        expect(samples).to.deep.equal([...samples].sort((a, b) => a - b))
        expect(samples).to.include.members(outliers)
        expect([figures.min, figures.q1, figures.median, figures.q3, figures.max].every(value => typeof value === 'number' && value > 0)).to.equal(true)
      }

      expect(code).to.equal(0)
    })

    it('iterate as often as the harness does by default', async () => {
      const { stdout } = await withListener('perf', { UPLOAD_BYTES: '1', DOWNLOAD_BYTES: '1', UPLOAD_ITERATIONS: 'null', DOWNLOAD_ITERATIONS: '' })
      const { upload, download, latency } = parse(stdout)

      expect([upload.iterations, download.iterations, latency.iterations]).to.deep.equal([10, 10, 100])
    })

    it('leave the address as a string', async () => {
      const listener = start('perf', 'listener')
      const line = await logged(listener, /^listening on /)

      await expect(client.get(`${testKey}_listener_multiaddr`)).to.eventually.equal(line.replace('listening on ', ''))
    })
  })

  describe('of both suites', () => {
    for (const suite of ['transport', 'perf'] as const) {
      async function fails (variables: Record<string, string>, message: RegExp): Promise<void> {
        const { code, stdout, stderr } = await run(suite, variables)

        expect(stderr).to.match(message)
        expect(stdout).to.equal('')
        expect(code).to.equal(1)
      }

      for (const [variables, message] of [
        [{ TRANSPORT: 'tcp' }, /^failed: TRANSPORT is tcp, .*\n$/],
        [{ TRANSPORT: '' }, /^failed: TRANSPORT is missing\n$/],
        [{ IS_DIALER: '' }, /^failed: IS_DIALER is missing\n$/],
        [{ IS_DIALER: 'yes' }, /^failed: IS_DIALER is yes, .*\n$/],
        [{ REDIS_ADDR: '' }, /^failed: REDIS_ADDR is missing\n$/],
        [{ REDIS_ADDR: 'redis' }, /^failed: REDIS_ADDR is redis, .*\n$/],
        [{ TEST_KEY: '' }, /^failed: TEST_KEY is missing\n$/],
        [{ LISTENER_IP: 'eth0' }, /^failed: LISTENER_IP is eth0, .*\n$/],
        [{ DEBUG: '1' }, /^failed: DEBUG is 1, .*\n$/],
        [{ TEST_TIMEOUT_SECS: '-1' }, /^failed: TEST_TIMEOUT_SECS is -1, .*\n$/],
        ...(suite === 'perf'
          ? [
              [{ UPLOAD_BYTES: 'lots' }, /^failed: UPLOAD_BYTES is lots, .*\n$/],
              [{ LATENCY_ITERATIONS: '0' }, /^failed: LATENCY_ITERATIONS is 0, .*\n$/]
            ]
          : [])
      ] as Array<[Record<string, string>, RegExp]>) {
        it(`fail in ${suite} where ${Object.entries(variables).join().replace(',', ' is "')}"`, async () => {
          await fails(variables, message)
        })
      }

      for (const role of ['dialer', 'listener']) {
        it(`fail in ${suite} where the ${role} has no Redis in time`, async () => {
          await fails({ IS_DIALER: `${role === 'dialer'}`, REDIS_ADDR: `127.0.0.1:${await freePort()}`, TEST_TIMEOUT_SECS: '3' },
            /^failed: no Redis at 127\.0\.0\.1:\d+ \(ECONNREFUSED\): timed out after 3 s\n$/m)
        })
      }

      it(`fail in ${suite} where no listener leaves an address in time`, async () => {
        await fails({ TEST_TIMEOUT_SECS: '3' }, /^failed: \w+_listener_multiaddr of Redis: timed out after 3 s\n$/)
      })

      it(`fail in ${suite} where nobody answers at the address`, async () => {
        await leave(suite, DEAD)
        await fails({ TEST_TIMEOUT_SECS: '2' }, /^failed: /m)
      })

      it(`fail in ${suite} where the address is of something else`, async () => {
        await leave(suite, '/ip4/127.0.0.1/tcp/4001')
        await fails({}, /^failed: address: .* is not of webrtc-direct/)
      })
    }
  })

  describe('the statistics of the perf suite', () => {
    // the example of its documentation
    const LATENCIES = [0.473, 0.523, 0.551, 0.572, 0.576, 0.577, 0.581, 0.584, 0.589, 0.590, 0.590, 0.592, 0.593, 0.593, 0.594, 0.595, 0.598, 0.598, 0.602, 0.603, 0.604, 0.606, 0.606, 0.607, 0.607, 0.610, 0.610, 0.611, 0.611, 0.612, 0.614, 0.615, 0.616, 0.616, 0.617, 0.618, 0.619, 0.619, 0.621, 0.623, 0.625, 0.625, 0.625, 0.625, 0.626, 0.626, 0.627, 0.627, 0.629, 0.633, 0.635, 0.635, 0.636, 0.637, 0.638, 0.639, 0.640, 0.640, 0.640, 0.641, 0.645, 0.647, 0.647, 0.651, 0.651, 0.651, 0.654, 0.654, 0.660, 0.660, 0.660, 0.661, 0.667, 0.667, 0.670, 0.673, 0.674, 0.676, 0.677, 0.681, 0.684, 0.687, 0.690, 0.691, 0.692, 0.695, 0.695, 0.699, 0.700, 0.704, 0.707, 0.709, 0.714, 0.714, 0.720, 0.733, 0.740, 0.754, 0.784, 0.803]

    it('are those of its documentation', () => {
      const { min, q1, median, q3, max, outliers } = sampleStatistics(LATENCIES.toReversed())

      expect(outliers).to.deep.equal([0.473, 0.784, 0.803])
      expect([min, max]).to.deep.equal([0.523, 0.754])
      expect(q1).to.be.closeTo(0.609, 0.001)
      expect(median).to.be.closeTo(0.634, 0.001)
      expect(q3).to.be.closeTo(0.671, 0.001)
    })

    it('are printed in its form', () => {
      expect(formatSamples('latency', [3, 1, 2, 1, 20], 'ms')).to.equal([
        'latency:',
        '  iterations: 5',
        '  min: 1.000',
        '  q1: 1.000',
        '  median: 2.000',
        '  q3: 3.000',
        '  max: 3.000',
        '  outliers: [20.000]',
        '  samples: [1.000, 1.000, 2.000, 3.000, 20.000]',
        '  unit: ms',
        ''
      ].join('\n'))
    })

    it('are those of a single sample', () => {
      expect(sampleStatistics([5])).to.deep.equal({ min: 5, q1: 5, median: 5, q3: 5, max: 5, outliers: [], samples: [5] })
    })
  })
})
