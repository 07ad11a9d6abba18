/**
 * What the transport adds to a page that has `createLibp2p` already: the size of
 * its bundle, beside that of @libp2p/webrtc. Fails above the budget.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * In bytes, minified and compressed with gzip
 */
const BUDGET = 60_000

const CORE = "export { createLibp2p } from 'libp2p'"

/**
 * Bundles a page that imports `createLibp2p`, and the transport of a package
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
  const sizes = []

  for (const name of ['libp2p-transport-webrtc-direct', '@libp2p/webrtc']) {
    const { minified, compressed } = await bundle(name)
    const size = { name, minified: minified - core.minified, compressed: compressed - core.compressed }
    sizes.push(size)
    console.info(`${size.name.padEnd(32)} adds ${kB(size.minified)} to a page, ${kB(size.compressed)} compressed`) // eslint-disable-line no-console
  }

  const [ours, theirs] = sizes

  if (ours.compressed > BUDGET || ours.compressed >= theirs.compressed) {
    console.error(`The bundle is too large: the budget is ${kB(BUDGET)}, and less than @libp2p/webrtc`) // eslint-disable-line no-console
    process.exitCode = 1
  }
}

/**
 * @param {number} bytes
 */
function kB (bytes) {
  return `${(bytes / 1_000).toFixed(1)} kB`.padStart(8)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main()
}
