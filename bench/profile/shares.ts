/**
 * Shares of a profile.
 */
import type { Call, Owner } from './call-tree.ts'

export interface Share {
  what: string

  /**
   * Of what was done, in percent
   */
  percent: number
}

/**
 * By owner, the largest first
 */
export function byOwner (root: Call): Share[] {
  return shares(root, ({ owner }) => owner)
}

/**
 * What node-datachannel does, by the function of this package that asks for it
 */
export function byNativeCall (root: Call): Share[] {
  return shares(root, ({ owner, name, file }) => owner === 'native' ? `${name.replace('native: ', '')} (${file})` : undefined)
}

function shares (root: Call, keyOf: (call: Call) => Owner | string | undefined): Share[] {
  const times = new Map<string, number>()

  function add (call: Call): void {
    const key = keyOf(call)

    if (key != null && call.self > 0) {
      times.set(key, (times.get(key) ?? 0) + call.self)
    }

    call.calls.forEach(add)
  }

  add(root)

  return Array.from(times, ([what, time]) => ({ what, percent: time / root.total * 100 }))
    .sort((a, b) => b.percent - a.percent)
}
