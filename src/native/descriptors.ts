/**
 * `setLocalDescription` opens sockets, and ends the process where there are no
 * file descriptors left. So it is tried before whether there are.
 */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'

/**
 * How many the stack needs: the first connection takes five. The others are for
 * what happens in other threads at the same time.
 */
const NEEDED = 8

/**
 * @throws {Error} if there are none left
 */
export function checkDescriptors (): void {
  const descriptors: number[] = []

  try {
    while (descriptors.length < NEEDED) {
      descriptors.push(openSync(devNull, 'r'))
    }
  } catch (err: any) {
    throw new Error(`the process has too many files and sockets open (${err.code}): raise its limit (ulimit -n), or close some`)
  } finally {
    descriptors.forEach(descriptor => { closeSync(descriptor) })
  }
}
