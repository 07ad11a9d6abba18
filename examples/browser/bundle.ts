/**
 * The files of the page, as browsers get them.
 */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const FOLDER = join(ROOT, 'examples/browser')
const FONT = join(ROOT, 'node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')

/**
 * By name, without a folder
 */
export type Files = Map<string, Uint8Array>

export async function bundlePage (): Promise<Files> {
  const [{ outputFiles }, ...others] = await Promise.all([
    build({
      absWorkingDir: ROOT,
      entryPoints: [join(FOLDER, 'page.ts'), join(FOLDER, 'style.css')],
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['browser', 'production'],
      target: 'es2022',
      external: ['*.woff2'],
      minify: true,
      legalComments: 'none',
      outdir: 'page',
      write: false
    }),
    ...[join(FOLDER, 'index.html'), join(FOLDER, 'icon.svg'), FONT].map(async path => readFile(path))
  ])
  const [html, icon, font] = others

  return new Map<string, Uint8Array>([
    ['index.html', html],
    ['icon.svg', icon],
    ['inter.woff2', font],
    ...outputFiles.map(({ path, contents }): [string, Uint8Array] => [basename(path), contents])
  ])
}
