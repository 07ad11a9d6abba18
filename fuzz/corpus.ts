/**
 * What a fuzzer found, for each target a file with one input on each line, in
 * base64: inputs that reach code which no shorter one reaches, and those that
 * failed once.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

// from the sources: what was built may be there still of what was renamed since
export const TARGETS = readdirSync(join(ROOT, 'fuzz', 'targets')).map(file => basename(file, '.ts')).sort()

export function corpusFile (target: string): string {
  return join(ROOT, 'test', 'hostile', 'corpus', `${target}.txt`)
}

export function readCorpus (target: string): Buffer[] {
  return readFileSync(corpusFile(target), 'utf8').trim().split('\n').map(line => Buffer.from(line, 'base64'))
}

/**
 * The shortest first
 */
export function writeCorpus (target: string, inputs: Buffer[]): void {
  const lines = inputs.map(input => input.toString('base64')).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  writeFileSync(corpusFile(target), [...new Set(lines), ''].join('\n'))
}
