/* eslint-disable no-console */
/**
 * Runs a listener for a long time, and tells whether it holds more and more.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { Command, InvalidArgumentError } from 'commander'
import { startListener } from '../flood/processes/listener.ts'
import { usage } from '../flood/processes/usage.ts'
import { play } from './course.ts'
import { judge } from './must-be.ts'
import { renderLines, renderSvg } from './plot.ts'
import type { Ended } from './must-be.ts'
import type { Sample } from './samples.ts'
import type { Listener } from '../flood/processes/listener.ts'

/**
 * How often the listener is looked at, in ms
 */
const SAMPLING = 5_000

/**
 * How long all may take to be given back, and the process to end, in ms: those that
 * were killed are noticed after 30 s
 */
const COOLING = 60_000
const LEAVING = 30_000

async function sample (listener: Listener, start: number): Promise<Sample> {
  const held = await listener.held()
  const { rss, descriptors, threads } = usage(listener.pid)

  return {
    time: performance.now() - start,
    rss,
    descriptors,
    threads,
    heap: held?.heap ?? 0,
    handles: held?.handles ?? 0,
    connections: held?.peerConnections ?? 0,
    streams: held?.streams ?? 0
  }
}

async function cooled (listener: Listener, start: number): Promise<Sample> {
  const deadline = performance.now() + COOLING

  while (true) {
    const now = await sample(listener, start)

    if (now.connections === 0 || performance.now() > deadline) {
      return now
    }

    await sleep(SAMPLING)
  }
}

async function main ({ minutes, svg }: { minutes: number, svg: string }): Promise<number> {
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
  const listener = await startListener({ implementation: 'ours', port: 0, key })
  const start = performance.now()
  const samples: Sample[] = []
  const over = new AbortController()

  const sampling = async (): Promise<void> => {
    while (!over.signal.aborted) {
      samples.push(await sample(listener, start))
      await sleep(SAMPLING, undefined, { signal: over.signal }).catch(() => {})
    }
  }

  try {
    const before = await sample(listener, start)
    const sampled = sampling()
    const course = await play(listener, minutes * 60_000).finally(() => { over.abort() })
    await sampled
    const after = await cooled(listener, start)
    const ended: Ended = { course, samples, before, after, end: await listener.end(LEAVING) }

    writeFileSync(svg, renderSvg(samples, `A listener in ${minutes} minutes of npm run soak`))
    console.log(renderLines(samples))
    console.log(`${course.good.connections} exchanges over a good path, ${course.bad.connections} over a bad one, ${course.killed} processes of dialers killed, ${course.floods} floods; see ${svg}`)

    const verdicts = judge(ended)
    verdicts.forEach(({ text, reason }) => { console.log(reason == null ? `passed  ${text}` : `FAILED  ${text}: ${reason}`) })
    const failed = verdicts.filter(({ reason }) => reason != null).length
    console.log(`${verdicts.length - failed} passed, ${failed} failed`)

    return failed === 0 ? 0 : 1
  } finally {
    await listener.stop()
  }
}

function parseMinutes (text: string): number {
  const minutes = Number(text)

  if (!(minutes > 0)) {
    throw new InvalidArgumentError('It has to be a number of minutes.')
  }

  return minutes
}

process.once('SIGINT', () => { process.exit(130) })
process.once('SIGTERM', () => { process.exit(143) })

await new Command('npm run soak --')
  .description('Run a listener for a long time, and tell whether it holds more and more')
  .option('--minutes <n>', 'for how long', parseMinutes, 60)
  .option('--svg <file>', 'where the curves are written', 'soak.svg')
  .action(async options => {
    try {
      process.exitCode = await main(options)
    } catch (err: any) {
      console.error(err.message)
      process.exitCode = 1
    }
  })
  .parseAsync()
