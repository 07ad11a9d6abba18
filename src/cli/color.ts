/**
 * When to write colours, and which.
 */
import { styleText } from 'node:util'

export type Color = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/**
 * Colours a text, or leaves it as it is
 */
export type Paint = (color: Color, text: string) => string

export interface Destination {
  isTTY?: boolean
}

export const plain: Paint = (_, text) => text

/**
 * FORCE_COLOR goes before NO_COLOR, as in Node.js and in most tools that know both
 */
export function usesColor ({ isTTY }: Destination, { FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR != null) {
    return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  }

  // an empty one says nothing (no-color.org)
  if (NO_COLOR != null && NO_COLOR !== '') {
    return false
  }

  return canMoveCursor({ isTTY }, { TERM })
}

/**
 * Whether what was written can be written over
 */
export function canMoveCursor ({ isTTY }: Destination, { TERM }: NodeJS.ProcessEnv): boolean {
  return isTTY === true && TERM !== 'dumb'
}

export function paintFor (stream: Destination): Paint {
  // by itself it asks standard output, and takes a terminal where CI is set for none
  return usesColor(stream, process.env) ? (color, text) => styleText(color, text, { validateStream: false }) : plain
}
