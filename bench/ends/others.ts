/**
 * Transports of the folder above, which TypeScript knows nothing of
 */
export const OTHERS = new URL('../../../bench/others.js', import.meta.url).href
