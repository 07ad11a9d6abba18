/**
 * What a message that waits counts for at least, in bytes: one with a single byte of
 * data takes so much memory
 */
export const MIN_COST = 256

/**
 * What so many bytes count for, in so many messages
 */
export function costOf (bytes: number, messages: number = 1): number {
  return Math.max(bytes, messages * MIN_COST)
}
