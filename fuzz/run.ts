/* eslint-disable no-console */
/**
 * Lets Jazzer.js look for bytes that break something, for a while with each target.
 * What it finds goes into the corpus, which runs with every change.
 */
import { Command, InvalidArgumentError } from 'commander'
import { install } from '../scripts/install-folder.ts'
import { corpusFile, readCorpus, TARGETS, writeCorpus } from './corpus.ts'
import { fuzz, minimize, whyNot } from './jazzer.ts'

const FOUND = 1
const CANNOT_RUN = 2

interface Options {
  minutes: number
  keep: boolean
}

async function main (names: string[], { minutes, keep }: Options): Promise<number> {
  await install('fuzz', line => { console.error(line) })
  const reason = whyNot()

  if (reason != null) {
    console.error(`Jazzer.js can't be loaded: ${reason}`)
    return CANNOT_RUN
  }

  let hasFound = false

  for (const target of names.length === 0 ? TARGETS : names) {
    const { runs, coverage, found, log } = await fuzz(target, Math.ceil(minutes * 60))
    console.log(`${target}: ${runs} inputs, coverage ${coverage}, ${found.length === 0 ? 'nothing found' : `found ${found.length}, see ${log}`}`)

    if (found.length > 0) {
      hasFound = true
      writeCorpus(target, [...readCorpus(target), ...found])
      console.log(`added to ${corpusFile(target)}: npm test -- hostile/corpus`)
    } else if (keep) {
      writeCorpus(target, await minimize(target))
    }
  }

  return hasFound ? FOUND : 0
}

function parseMinutes (text: string): number {
  const minutes = Number(text)

  if (!(minutes > 0)) {
    throw new InvalidArgumentError('It must be a number above 0.')
  }

  return minutes
}

function parseTarget (name: string, previous: string[] = []): string[] {
  if (!TARGETS.includes(name)) {
    throw new InvalidArgumentError(`It must be one of ${TARGETS.join(', ')}.`)
  }

  return [...previous, name]
}

await new Command('npm run fuzz:guided --')
  .description('Let Jazzer.js look for bytes that break something')
  .argument('[targets...]', `what to try: ${TARGETS.join(', ')} (default: all)`, parseTarget, [])
  .option('--minutes <number>', 'how long to try each', parseMinutes, 3)
  .option('--keep', 'make the corpus of the inputs that reach most, where none failed', false)
  .exitOverride(err => { process.exit(err.exitCode === 0 ? 0 : CANNOT_RUN) })
  .action(async (targets: string[], options: Options) => {
    try {
      process.exitCode = await main(targets, options)
    } catch (err: any) {
      console.error(err.message)
      process.exitCode = CANNOT_RUN
    }
  })
  .parseAsync()
