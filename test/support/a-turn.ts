/**
 * Waits until the event loop has come round once
 */
export async function aTurn (): Promise<void> {
  return new Promise(resolve => { setImmediate(resolve) })
}
