/* eslint-disable no-console */
/**
 * Where does the time go? Shares of it, and flame graphs of both ends.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { renderTable } from '../../chaos/document.ts'
import { Pair } from '../pair.ts'
import { callTree } from './call-tree.ts'
import { renderFlameGraph } from './flame-graph.ts'
import { byNativeCall, byOwner } from './shares.ts'
import { timeBetween } from './threads.ts'
import type { Share } from './shares.ts'

const MIB = 1024 * 1024

interface Work {
  title: string
  run (pair: Pair): Promise<unknown>
}

const WORK: Record<string, Work> = {
  streams: { title: '5,000 streams of 32 bytes, 32 in flight', run: async pair => pair.echoes(5_000, 32) },
  up: { title: 'an upload of 256 MiB', run: async pair => pair.transfer('up', 256 * MIB) },
  down: { title: 'a download of 256 MiB', run: async pair => pair.transfer('down', 256 * MIB) },
  connections: { title: '1,000 connections, 50 at a time', run: async pair => pair.crowd(1_000, 50) }
}

/**
 * What takes less is left out of tables, in percent
 */
const LEAST = 0.5

const ENDS = ['dialer', 'listener'] as const

async function main ({ what, charts }: { what: string, charts?: string }): Promise<void> {
  const { title, run } = WORK[what]
  const pair = await Pair.start('ours')

  try {
    await pair.warmUp()
    await pair.echoes(1_000, 32)

    const before = pair.threads()
    await pair.beginProfile()
    await run(pair)
    const profiles = await pair.endProfile()
    const after = pair.threads()
    const trees = ENDS.map(end => callTree(profiles[end]))

    console.log(`${title}, both ends this package\n`)
    console.log(table('seconds of the processor', ENDS.map(end => timeBetween(before[end], after[end]))))
    console.log(table("JavaScript's thread, % of its time", trees.map(root => percents(byOwner(root)))))
    console.log(table('of that node-datachannel, by what calls it, %', trees.map(root => percents(byNativeCall(root)))))

    if (charts != null) {
      mkdirSync(charts, { recursive: true })

      for (const [i, end] of ENDS.entries()) {
        writeFileSync(join(charts, `flame-${what}-${end}.svg`), renderFlameGraph(trees[i], `${title}: the ${end}`))
      }
    }
  } finally {
    await pair.stop()
  }
}

function percents (shares: Share[]): Map<string, number> {
  return new Map(shares.filter(({ percent }) => percent >= LEAST).map(({ what, percent }) => [what, percent]))
}

function table (head: string, ends: Array<Map<string, number>>): string {
  const names = [...new Set(ends.flatMap(values => [...values.keys()]))]
  const most = (name: string): number => Math.max(...ends.map(values => values.get(name) ?? 0))
  const rows = names
    .sort((a, b) => most(b) - most(a))
    .map(name => [name, ...ends.map(values => values.get(name)?.toFixed(1) ?? '')])

  return `${renderTable([head, ...ENDS], rows)}\n`
}

await new Command('npm run bench:profile --')
  .description('Say where the time goes')
  .addOption(new Option('--what <name>', 'what is done meanwhile').choices(Object.keys(WORK)).default('streams'))
  .option('--charts <folder>', 'write flame graphs of both ends into a folder', parseFolder)
  .action(async (options: { what: string, charts?: string }) => {
    try {
      await main(options)
    } catch (err: any) {
      console.error(err.message)
      process.exitCode = 1
    }
  })
  .parseAsync()

function parseFolder (text: string): string {
  if (text === '') {
    throw new InvalidArgumentError('It must be a folder.')
  }

  return text
}
