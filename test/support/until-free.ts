import { openPeers } from '../../src/native/sweep.ts'

/**
 * Until the native stack holds no connection any more
 */
export async function untilFree (): Promise<void> {
  while (openPeers() > 0) {
    await new Promise(resolve => { setImmediate(resolve) })
  }
}
