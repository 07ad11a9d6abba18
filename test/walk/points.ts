/**
 * The points of a run: each `await` of the sources, when it begins to wait and when
 * it is about to go on, and each call through the ports. They have names, which are
 * the same in every run.
 */

/**
 * - `code`: between two steps of our own code, where that of an application may run
 * - `call`: our code is calling a port
 */
export type Place = 'code' | 'call'

type Watch = (point: string, place: Place) => void

let watch: Watch | undefined
const seen = new Map<string, number>()

/**
 * Tells of every point from now on
 */
export function watchPoints (onPoint: Watch | undefined): void {
  watch = onPoint
  seen.clear()
}

export function reach (name: string, place: Place): void {
  if (watch != null) {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    watch(`${name} #${count}`, place)
  }
}

/**
 * What is awaited passes through here (`instrument.ts`)
 */
export function awaiting <T> (site: string, value: T): T {
  if (watch != null) {
    reach(`${site} begins`, 'code')

    if (value instanceof Promise) {
      // before what awaits it, in the same turn
      const settles = (): void => { reach(`${site} settles`, 'code') }
      value.then(settles, settles)
    }
  }

  return value
}
