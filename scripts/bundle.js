/**
 * What the transport adds to a page that has `createLibp2p` already: the size of
 * its bundle, beside that of the package `@libp2p/webrtc`. Fails above the budget.
 *
 * Both bring Noise and the base classes of streams with them, 14 kB. The rest is
 * larger here: pace, deadlines and the states of streams are what one package has
 * and the other has not.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * In bytes, minified and compressed with gzip
 */
const BUDGET = 48_500

const OURS = 'libp2p-transport-webrtc-direct'
const CORE = "export { createLibp2p } from 'libp2p'"

/**
 * Bundles the code of a page that imports `createLibp2p`, and the transport of a package
 *
 * @param {string} [transport] - the package
 */
export async function bundle (transport) {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: transport == null ? CORE : `${CORE}\nexport { webRTCDirect } from '${transport}'`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url))
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser', 'production'],
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'error'
  })
  const [{ contents }] = outputFiles

  return {
    minified: contents.byteLength,
    compressed: gzipSync(contents, { level: 9 }).byteLength,
    inputs: Object.keys(metafile.inputs)
  }
}

async function main () {
  const core = await bundle()

  for (const name of [OURS, '@libp2p/webrtc']) {
    const { minified, compressed } = await bundle(name)
    const added = compressed - core.compressed
    console.info(`${name} adds ${kB(added)} to a page, compressed, and ${kB(minified - core.minified)} minified`) // eslint-disable-line no-console

    if (name === OURS && added > BUDGET) {
      console.error(`That is more than the budget of ${kB(BUDGET)}`) // eslint-disable-line no-console
      process.exitCode = 1
    }
  }
}

/**
 * @param {number} bytes
 */
function kB (bytes) {
  return `${(bytes / 1_000).toFixed(1)} kB`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main()
}
