/**
 * What values an option may have
 */
import { InvalidParametersError } from '@libp2p/interface'

/**
 * @throws {InvalidParametersError}
 */
export function notEmpty (name: string, value: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new InvalidParametersError(`${name} must be a text that is not empty`)
  }

  return value
}

/**
 * A time in ms that `setTimeout` can take; it fires at once for a longer one
 */
export function duration (name: string, value: number): number {
  return inRange(name, value, 1, 2 ** 31 - 1)
}

export function inRange (name: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InvalidParametersError(`${name} must be a whole number from ${min} to ${max}, not ${value}`)
  }

  return value
}
