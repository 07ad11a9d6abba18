import { openPeers } from '../../src/native/sweep.ts'

/**
 * Until the native stack holds no connection any more, or no more than so many
 */
export async function untilFree (left = 0): Promise<void> {
  while (openPeers() > left) {
    await new Promise(resolve => { setImmediate(resolve) })
  }
}
