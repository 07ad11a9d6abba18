import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'aegir/chai'
import { parse } from 'yaml'
import { ROOT } from '../docs/documents.ts'
import { run } from '../support/command-line.ts'
import { firstMatch } from '../support/first-match.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { ChildProcess } from 'node:child_process'

const EXAMPLE = join(ROOT, 'examples/public-node')
const read = (name: string): string => readFileSync(join(EXAMPLE, name), 'utf8')

/**
 * The instructions of a container file, each in one line
 */
function instructions (text: string): Array<[name: string, rest: string]> {
  return text.replace(/\\\n/g, '').split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [, name, rest] = /^([A-Z]+) +(.+)$/.exec(line) ?? [undefined, 'unknown', line]
      return [name, rest]
    })
}

describe('the public node', () => {
  const folder = temporaryFolder()
  let child: ChildProcess

  afterEach(() => { child?.kill('SIGKILL') })

  function start (env: Record<string, string> = {}): ChildProcess {
    child = spawn(process.execPath, [join(EXAMPLE, 'server.mjs')], {
      env: { ...process.env, KEY_FILE: join(folder.path, 'node.key'), PORT: '0', METRICS_PORT: '0', ...env }
    })

    return child
  }

  async function stop (): Promise<void> {
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await exited).to.deep.equal([0, null])
  }

  it('echoes, tells its metrics, and stops when it is told to', async () => {
    const server = start()
    const [[address], [, metrics]] = await Promise.all([firstMatch(server, /\/ip4\/127\.0\.0\.1\/\S+/), firstMatch(server, /metrics (http:\S+)/)])
    const { code, stdout, stderr } = await run(['echo', address], 'hello')

    expect(code).to.equal(0, stderr)
    expect(stdout.toString()).to.equal('hello')
    expect(await (await fetch(metrics)).text()).to.match(/libp2p_webrtc_direct_accepts_total\{outcome="connected"\} 1/)
    await stop()
  })

  it('keeps its address, and announces that of the machine', async () => {
    const ANNOUNCE = '/ip4/192.0.2.1/udp/9000/webrtc-direct'
    const [first] = await firstMatch(start({ ANNOUNCE }), /\/ip4\/192\.0\.2\.1\/\S+/)
    await stop()
    const [second] = await firstMatch(start({ ANNOUNCE }), /\/ip4\/192\.0\.2\.1\/\S+/)

    expect(second).to.equal(first)
    expect(readFileSync(join(folder.path, 'node.key'))).to.have.lengthOf(68)
  })
})

describe('the container file of the public node', () => {
  const all = instructions(read('Dockerfile'))
  const of = (name: string): string[] => all.filter(([found]) => found === name).map(([, rest]) => rest)

  it('has instructions that there are, and begins with an image', () => {
    expect(all.map(([name]) => name)).to.have.members(['FROM', 'WORKDIR', 'RUN', 'COPY', 'VOLUME', 'ENV', 'EXPOSE', 'USER', 'CMD'])
    expect(all[0]).to.deep.equal(['FROM', 'node:24-slim'])
  })

  it('copies and starts files that there are', () => {
    expect(of('COPY')).to.deep.equal(['server.mjs ./'])
    expect(JSON.parse(of('CMD')[0])).to.deep.equal(['node', '--max-semi-space-size=4', 'server.mjs'])
    expect(existsSync(join(EXAMPLE, 'server.mjs'))).to.be.true()
  })

  it('installs what the program imports, in the versions that are tested', () => {
    const installed = new Map([...of('RUN')[0].matchAll(/((?:@[\w-]+\/)?[\w-]+)@(\d+)/g)].map(([, name, major]) => [name, major]))
    const imported = [...read('server.mjs').matchAll(/from '((?:@[\w-]+\/)?[\w-]+)(?:\/[\w-]+)?'/g)].map(([, name]) => name)
    const { version, dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const majors: Record<string, string> = { ...devDependencies, ...dependencies, 'libp2p-transport-webrtc-direct': version }

    expect([...installed.keys()].sort()).to.deep.equal([...new Set(imported)].sort())

    for (const [name, major] of installed) {
      expect(/\d+/.exec(majors[name])?.[0], name).to.equal(major)
    }
  })

  it('sets what the program reads', () => {
    const names = [...of('ENV')[0].matchAll(/(\w+)=/g)].map(([, name]) => name)
    const program = read('server.mjs')

    expect(names).to.not.be.empty()
    names.forEach(name => { expect(program).to.match(new RegExp(`^  ${name} = `, 'm')) })
  })
})

describe('the compose file of the public node', () => {
  const compose = parse(read('compose.yaml'))
  const services = Object.entries<any>(compose.services)
  const folder = temporaryFolder()

  it('has services that are built or pulled', () => {
    expect(services.map(([name]) => name)).to.deep.equal(['node', 'prometheus', 'grafana'])
    expect(Object.keys(compose)).to.deep.equal(['services', 'volumes'])

    for (const [name, service] of services) {
      expect(service.build ?? service.image, name).to.be.a('string')
    }
  })

  it('mounts files that there are, and volumes that it names', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume: string) => volume.split(':')[0]))

    expect(mounts).to.have.lengthOf.above(5)

    for (const mount of mounts) {
      if (mount.startsWith('.')) {
        expect(existsSync(resolve(EXAMPLE, mount)), mount).to.be.true()
      } else {
        expect(Object.keys(compose.volumes)).to.include(mount)
      }
    }
  })

  it('publishes the port of the node as UDP, and no metrics', () => {
    expect(compose.services.node.ports).to.deep.equal(['9000:9000/udp'])
    expect(compose.services.grafana.ports).to.deep.equal(['127.0.0.1:3000:3000'])
    expect(compose.services.prometheus.ports).to.equal(undefined)
  })

  it('has a Prometheus that scrapes the node, and a Grafana that asks it', () => {
    const [{ static_configs: [{ targets }] }] = parse(read('prometheus.yml')).scrape_configs
    const [{ url, uid }] = parse(read('grafana/datasources.yml')).datasources
    const [{ options }] = parse(read('grafana/dashboards.yml')).providers

    expect(targets).to.deep.equal(['node:9464'])
    expect(url).to.equal('http://prometheus:9090')
    expect(uid).to.equal('prometheus')
    expect(JSON.stringify(compose.services.grafana.entrypoint)).to.include(options.path)
    expect(readdirSync(join(EXAMPLE, 'grafana')).sort()).to.deep.equal(['dashboards.yml', 'datasources.yml'])
  })

  it('gives Grafana a dashboard whose data source is that Prometheus', () => {
    const [shell, option, script] = compose.services.grafana.entrypoint
    const made = script
      .replaceAll('$$', '$')
      .replaceAll('/tmp/dashboards', folder.path)
      .replace('/etc/webrtc-direct.json', join(ROOT, 'docs/grafana-dashboard.json'))
      .replace('exec /run.sh', `cat ${folder.path}/*.json`)
    const output = execFileSync(shell, [option, made], { encoding: 'utf8' })

    expect(output).to.not.include('DS_PROMETHEUS}')
    expect(JSON.parse(output).panels.some(({ datasource }: any) => datasource?.uid === 'prometheus')).to.be.true()
  })
})
