/**
 * Loads sources once more, with every `await` made a point (`points.ts`). Those
 * that are loaded for memory have a network in memory in place of the native stack, the
 * others the native one with points of its own.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { parse } from 'acorn'
import type { Node } from 'acorn'

export type Stack = 'memory' | 'native' | 'browser'

const SOURCES = new URL('../../src/', import.meta.url).href
const POINTS = new URL('points.js', import.meta.url).href

/**
 * What is replaced with what
 */
const REPLACED: Record<Stack, Record<string, string>> = {
  memory: { 'native/connect.js': 'network.js', 'native/sockets.js': 'network.js', '@libp2p/noise': 'noise.js' },
  native: { 'native/connect.js': 'native.js' },
  browser: {}
}

/**
 * What is the same for all: classes of errors are compared, and there is one native
 * stack in a process
 */
const SHARED = /^(errors|ports|guard|inbox)\.js$|^(native|wire|cli)\//

/**
 * Every `await` of the sources that were loaded
 */
export const sites = new Set<string>()

function withoutQuery (url: string): string {
  return url.replace(/\?.*/, '')
}

registerHooks({
  resolve (specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context)
    const query = /^file:.*\?walk=(memory|native|browser)$/.exec(context.parentURL ?? '')
    const path = resolved.url.startsWith(SOURCES) ? resolved.url.slice(SOURCES.length) : undefined

    if (query == null) {
      return resolved
    }

    const replacement: string | undefined = REPLACED[query[1] as Stack][path ?? specifier]

    if (replacement != null) {
      return { ...resolved, url: new URL(replacement, import.meta.url).href }
    }

    if (path == null) {
      return resolved
    }

    return SHARED.test(path) ? resolved : { ...resolved, url: `${resolved.url}?walk=${query[1]}` }
  },

  load (url, context, nextLoad) {
    if (!/\?walk=(memory|native|browser)$/.test(url)) {
      return nextLoad(url, context)
    }

    const path = withoutQuery(url)

    return { format: 'module', shortCircuit: true, source: instrument(readFileSync(new URL(path), 'utf8'), path.slice(SOURCES.length).replace(/\.js$/, '.ts')) }
  }
})

function instrument (source: string, file: string): string {
  const inserts: Array<[at: number, text: string]> = []
  const counts = new Map<string, number>()

  visit(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    if (node.type !== 'AwaitExpression') {
      return
    }

    const { argument } = node as Node & { argument: Node }
    const text = source.slice(argument.start, argument.end).split('\n')[0].replace(/[({[=>\s]+$/, '').slice(0, 60)
    const count = (counts.get(text) ?? 0) + 1
    const site = `${file}: await ${text}${count > 1 ? ` (${count})` : ''}`

    counts.set(text, count)
    sites.add(site)
    inserts.push([argument.start, `__awaiting(${JSON.stringify(site)}, `], [argument.end, ')'])
  })

  let result = source

  // those at the same place from the outer one to the inner one
  for (const [at, text] of inserts.sort(([a], [b]) => b - a)) {
    result = result.slice(0, at) + text + result.slice(at)
  }

  return `import { awaiting as __awaiting } from ${JSON.stringify(POINTS)};${result.replace(/\/\/# sourceMappingURL.*/, '')}`
}

function visit (node: Node, onNode: (node: Node) => void): void {
  onNode(node)

  for (const child of Object.values(node).flat()) {
    if (typeof child?.type === 'string') {
      visit(child, onNode)
    }
  }
}

/**
 * @param path - below `src`
 */
export async function load <T> (path: string, stack: Stack): Promise<T> {
  return import(`${SOURCES}${path}?walk=${stack}`)
}
