/**
 * What a profile of V8 says: how long each function took, by whom it was called.
 */
import type { Profiler } from 'node:inspector'

/**
 * Who a function belongs to
 *
 * - `native`: what node-datachannel does in the thread of JavaScript
 * - `engine`: V8 itself
 */
export type Owner = 'native' | 'this package' | 'libp2p' | 'other packages' | 'Node.js' | 'garbage collector' | 'engine' | 'benchmark'

export interface Call {
  name: string
  owner: Owner

  /**
   * Which file of its package it is in, if any
   */
  file: string

  /**
   * How long it took itself, in µs, and with what it called
   */
  self: number
  total: number
  calls: Call[]
}

/**
 * The tree of calls, without the time in which nothing was to be done
 */
export function callTree ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Call {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const times = new Map<number, number>()

  for (const [i, id] of samples.entries()) {
    times.set(id, (times.get(id) ?? 0) + timeDeltas[i])
  }

  function build (id: number, parent?: Call): Call {
    const node = byId.get(id) as Profiler.ProfileNode
    const { functionName, url } = node.callFrame
    const owner = ownerOf(functionName, url, parent)
    const call: Call = {
      name: nameOf(functionName, owner, parent),
      owner,
      file: url === '' ? parent?.file ?? '' : fileOf(url),
      self: functionName === '(idle)' ? 0 : times.get(id) ?? 0,
      total: 0,
      calls: []
    }

    call.calls = merge((node.children ?? []).map(child => build(child, call)))
    call.total = call.calls.reduce((sum, { total }) => sum + total, call.self)

    return call
  }

  return build(nodes[0].id)
}

/**
 * One for those of the same function, whose lines were compiled apart
 */
function merge (calls: Call[]): Call[] {
  const merged = new Map<string, Call>()

  for (const call of calls) {
    const key = `${call.file} ${call.name}`
    const before = merged.get(key)

    merged.set(key, before == null
      ? call
      : { ...before, self: before.self + call.self, total: before.total + call.total, calls: merge([...before.calls, ...call.calls]) })
  }

  return [...merged.values()]
}

function nameOf (functionName: string, owner: Owner, parent?: Call): string {
  // functions of add-ons have no names
  if (owner === 'native') {
    return `native: ${parent?.name ?? ''}`
  }

  return functionName === '' ? '(anonymous)' : functionName
}

function ownerOf (functionName: string, url: string, parent?: Call): Owner {
  if (functionName === '(garbage collector)') {
    return 'garbage collector'
  }

  if (functionName.startsWith('(') && url === '') {
    return 'engine'
  }

  if (url === '') {
    // those of Node.js have none either
    return functionName === '' && parent?.owner !== 'Node.js' ? 'native' : parent?.owner ?? 'engine'
  }

  if (url.startsWith('node:')) {
    return 'Node.js'
  }

  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []

  if (name != null) {
    return isLibp2p(name) ? 'libp2p' : 'other packages'
  }

  return url.includes('/dist/src/') ? 'this package' : 'benchmark'
}

/**
 * It, and what it brings with it for streams and their peers
 */
function isLibp2p (name: string): boolean {
  return /^(libp2p|@libp2p\/.*|@multiformats\/.*|main-event|uint8arraylist|protons-runtime|multiformats|weald|mortice|it-.*|race-.*)$/.test(name)
}

function fileOf (url: string): string {
  return url.replace(/^.*\/(node_modules|dist)\//, '').replace(/^file:\/\//, '')
}
