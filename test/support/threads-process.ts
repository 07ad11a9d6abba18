/**
 * A process whose threads use the transport. Takes what they do, one after
 * another, and prints what each was told, one a line.
 *
 * - `import`: nothing but importing the package
 * - `main`, `worker`: listens and dials; a worker lives on
 * - `ended-worker`: does so, and ends
 * - `copy`, `link`, `removed-link`: a worker loads a copy of the native code, or its
 *   very file by another path, which is removed then
 * - `library`: somebody else in the main thread has loaded it
 * - `workers`: two do so at once
 */
import { once } from 'node:events'
import { copyFileSync, linkSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { multiaddr } from '@multiformats/multiaddr'
import { createListener, createNode } from './loopback-nodes.ts'

const DEAD = multiaddr('/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/uEiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')

/**
 * Listens, and dials an address at which nobody answers
 */
async function use (): Promise<string> {
  const listening = await createListener().then(async node => {
    await node.stop()
    return 'listens'
  }, ({ message }) => /NativeThreadError/.test(message) ? 'NativeThreadError' : message)

  const node = await createNode({ transport: { iceTimeout: 100 } })
  const dialing = await node.dial(DEAD).then(() => 'connects', ({ name }) => name)
  await node.stop()

  return `${listening}, ${dialing}`
}

/**
 * A worker that loads native code from another place
 */
async function loadElsewhere (place: (from: string, to: string) => void): Promise<string> {
  const folder = join('node_modules', '@node-datachannel')
  const binary = join(folder, readdirSync(folder)[0], 'node_datachannel.node')
  const elsewhere = join(mkdtempSync(join(tmpdir(), 'threads-')), 'node_datachannel.node')
  place(binary, elsewhere)
  await startWorker(elsewhere)

  return elsewhere
}

/**
 * @param then - what a worker does when it has used the transport; a path if it
 * loads that and does nothing else
 */
async function startWorker (then = 'stays'): Promise<Worker> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: then })
  const [told] = await once(worker, 'message')
  console.info(told) // eslint-disable-line no-console

  return worker
}

const places: string[] = []

const steps: Record<string, () => Promise<void>> = {
  async import () {
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] }
    console.info(sharedObjects.filter(path => path.includes('datachannel')).join() || 'nothing') // eslint-disable-line no-console
  },

  async main () {
    console.info(await use()) // eslint-disable-line no-console
  },

  async worker () {
    await startWorker()
  },

  async 'ended-worker' () {
    await once(await startWorker('ends'), 'exit')
  },

  async copy () {
    places.push(await loadElsewhere(copyFileSync))
  },

  async link () {
    places.push(await loadElsewhere(linkSync))
  },

  async 'removed-link' () {
    rmSync(dirname(await loadElsewhere(linkSync)), { recursive: true })
  },

  async library () {
    await import('node-datachannel')
  },

  async workers () {
    await Promise.all([startWorker(), startWorker()])
  }
}

if (isMainThread) {
  for (const step of process.argv[2].split(' ')) {
    await steps[step]()
  }

  places.forEach(path => { rmSync(dirname(path), { recursive: true }) })

  // a worker that uses the native stack keeps process.exit() waiting
  process.kill(process.pid, 'SIGKILL')
} else {
  if (isAbsolute(workerData)) {
    createRequire(import.meta.url)(workerData)
    parentPort?.postMessage('loaded')
  } else {
    parentPort?.postMessage(await use())
  }

  if (workerData !== 'ends') {
    parentPort?.on('message', () => {})
  }
}
