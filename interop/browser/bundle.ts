/**
 * What the page of a peer loads, in one file.
 */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ENTRY = fileURLToPath(new URL('./page.js', import.meta.url))

export const BUNDLE = fileURLToPath(new URL('./page.bundle.js', import.meta.url))

export async function bundlePage (): Promise<void> {
  await build({
    entryPoints: [ENTRY],
    outfile: BUNDLE,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser', 'production'],
    logLevel: 'warning'
  })
}
