/* eslint-disable no-console */
/**
 * Tries the package as it would be published: what is in it, whether its types are
 * found, and whether the command line and the server of the README work from it, in
 * an empty folder, with each version of Node.js that is supported.
 *
 * The last line is "N passed, N failed".
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')
const NAME = 'libp2p-transport-webrtc-direct'
const NODES = [22, 24, 26]

const CONSUMER = `
import { webRTCDirect, SetupTimeoutError } from '${NAME}'
import type { WebRTCDirectInit } from '${NAME}'
import { createLibp2p } from 'libp2p'

const init: WebRTCDirectInit = { certificate: 'derived', dataChannel: { maxMessageSize: 4_096 } }
await createLibp2p({ transports: [webRTCDirect(init)] })
export const phase: string = new SetupTimeoutError('late', 'ice').phase

// @ts-expect-error there is no such certificate: the types are found
webRTCDirect({ certificate: 'none' })
`

const outcomes = { passed: 0, failed: 0 }

/**
 * @param {string} what
 * @param {() => Promise<unknown>} task
 */
async function check (what, task) {
  try {
    await task()
    outcomes.passed++
    console.log(`passed  ${what}`)
  } catch (err) {
    outcomes.failed++
    console.log(`FAILED  ${what}: ${err.message}\n${err.stdout ?? ''}${err.stderr ?? ''}`)
  }
}

/**
 * Every file has a use: it is loaded, declares types, or is what a map refers to
 *
 * @param {string[]} files
 */
function checkFiles (files) {
  const known = /^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE(?:-\w+)?|bin\/[\w-]+\.js|man\/webrtc-direct\.1|dist\/src\/.+\.(?:js|d\.ts)(?:\.map)?|src\/.+\.ts)$/
  const unknown = files.filter(path => !known.test(path))
  const unmapped = files.filter(path => path.startsWith('src/') && !files.includes(`dist/${path.replace(/\.ts$/, '.js.map')}`))

  if (!files.includes('man/webrtc-direct.1')) {
    throw new Error('the man page is missing')
  }

  if (unknown.length + unmapped.length > 0) {
    throw new Error(`nobody needs ${[...unknown, ...unmapped].join(', ')}`)
  }
}

/**
 * @param {string} node - the runtime
 * @param {string} folder - where the package is installed
 */
async function checkNode (node, folder) {
  const cli = join(folder, 'node_modules', NAME, 'bin/webrtc-direct.js')
  const { stdout: help } = await execute(node, [cli, '--help'], { cwd: folder })
  const { stdout: completion } = await execute(node, [cli, 'completion', 'bash'], { cwd: folder })
  const listener = spawn(node, [cli, 'listen', '--host', '127.0.0.1', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(listener, 'exit')

  try {
    const [line] = await Promise.race([once(createInterface({ input: listener.stdout }), 'line'), exited])
    const { addresses: [address] } = JSON.parse(line)

    await execute(node, [cli, 'ping', '--count', '2', '--interval', '0.1', address], { cwd: folder })
  } finally {
    listener.kill('SIGINT')
  }

  if ((await exited)[0] !== 0 || !help.includes('Usage: webrtc-direct') || !completion.includes('complete -F')) {
    throw new Error('the listener ended with an error, or there is no help or no completion')
  }

  const server = spawn(node, ['server.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')

  try {
    const [link] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), ended])
    const { stdout } = await execute(node, ['dial.mjs', `${link}`.split('#')[1]], { cwd: folder })

    if (stdout !== 'HELLO\n') {
      throw new Error(`the server answered ${stdout}`)
    }
  } finally {
    server.kill()
    await ended
  }
}

/**
 * The server of the README, and a dialer for it
 *
 * @param {string} folder
 */
async function writePrograms (folder) {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [, server] = /`server\.mjs`.*?```js\n(.*?)```/s.exec(readme)

  await writeFile(join(folder, 'server.mjs'), server.replace('/udp/9000/', '/udp/0/'))
  await writeFile(join(folder, 'dial.mjs'), `
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '${NAME}'

const node = await createLibp2p({ transports: [webRTCDirect()] })
const stream = await node.dialProtocol(multiaddr(process.argv[2]), '/shout/1.0.0')
stream.send(new TextEncoder().encode('hello'))
stream.close()
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
console.log(text)
await node.stop()
`)
}

const folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-packed-'))

try {
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  const [{ filename, files, unpackedSize }] = JSON.parse(stdout)
  const tarball = join(folder, filename)
  console.log(`${filename}: ${files.length} files, ${unpackedSize} bytes`)

  await check('every file has a use', async () => { checkFiles(files.map(({ path }) => path)) })
  await check('npm publish --dry-run', async () => {
    const { stderr } = await execute('npm', ['publish', '--dry-run', '--provenance=false', tarball], { cwd: folder })

    // who checks is not who publishes, and has a configuration of his own
    if (/npm warn publish (?!This command requires you to be logged in)/i.test(stderr)) {
      throw new Error(stderr)
    }
  })
  await check('publint', async () => execute(join(BIN, 'publint'), ['run', '--strict', tarball]))
  await check('are the types wrong?', async () => execute(join(BIN, 'attw'), [tarball, '--profile', 'esm-only']))

  const installed = join(folder, 'installed')
  await mkdir(installed)
  await writeFile(join(installed, 'package.json'), '{ "private": true, "type": "module" }')
  await execute('npm', ['install', '--no-audit', '--no-fund', tarball, 'libp2p', '@multiformats/multiaddr', 'esbuild'], { cwd: installed })
  await writePrograms(installed)
  await writeFile(join(installed, 'consumer.ts'), CONSUMER)

  for (const [module, resolution] of [['node16', 'node16'], ['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    await check(`types with moduleResolution ${resolution}`, async () => execute(join(BIN, 'tsc'), [
      '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024', '--lib', 'es2024,dom,esnext.disposable', '--module', module, '--moduleResolution', resolution, 'consumer.ts'
    ], { cwd: installed }))
  }

  await check('npx', async () => execute('npx', ['--no-install', NAME, '--help'], { cwd: installed, env: { ...process.env, PATH: `${BIN}:${process.env.PATH}` } }))

  for (const version of NODES) {
    await check(`Node.js ${version}`, async () => {
      const { stdout } = await execute('npx', ['--yes', '-p', `node@${version}`, 'node', '-p', 'process.execPath'], { cwd: folder })
      await checkNode(stdout.trim(), installed)
    })
  }
} finally {
  await rm(folder, { recursive: true })
}

console.log(`${outcomes.passed} passed, ${outcomes.failed} failed`)
process.exitCode = outcomes.failed === 0 ? 0 : 1
