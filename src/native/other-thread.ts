/**
 * Has another thread of the process loaded node-datachannel?
 *
 * It can serve one thread: in a second one it ends the process, also when the
 * first one has ended. A copy of it in another file is another library, and is not
 * in the way.
 */
import { statSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * The part of `process.report` that is used here
 */
interface Report {
  excludeNetwork?: boolean
  getReport (): { sharedObjects?: string[] }
}

const require = createRequire(import.meta.url)

/**
 * Where node-datachannel looks for its binary: one that was built in its folder,
 * or one of the packages for this platform
 */
const BUILDS = ['build', 'build/Release', 'build/Debug']
const LIBRARIES = ['', '-gnu', '-musl', '-msvc']

export function isLoadedByOtherThread (): boolean {
  const ours = new Set(binaries().map(identify))

  // one that can't be looked at may be ours
  const isOurs = (path: string): boolean => {
    const file = identify(path)

    return file == null || ours.size === 0 || ours.has(file)
  }

  return !loadedByThisThread().some(isOurs) && loadedByAnyThread().some(isOurs)
}

/**
 * The files of which node-datachannel loads one
 */
function binaries (): string[] {
  const entry = require.resolve('node-datachannel')
  const resolve = createRequire(entry).resolve
  const paths: string[] = []

  for (const folder of BUILDS) {
    // dist/cjs/lib/index.cjs
    for (const root of ['../../..', '../..']) {
      paths.push(join(dirname(entry), root, folder, 'node_datachannel.node'))
    }
  }

  for (const library of LIBRARIES) {
    try {
      paths.push(resolve(`@node-datachannel/${process.platform}-${process.arch}${library}`))
    } catch {
      // not installed
    }
  }

  return paths.filter(path => statSync(path, { throwIfNoEntry: false }) != null)
}

function isBinary (path: string): boolean {
  return /datachannel.*\.node$/i.test(path)
}

/**
 * The system tells libraries apart by file, not by path: a package manager may
 * have linked one file to several places
 */
function identify (path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true })

    return `${dev}:${ino}`
  } catch {
    // removed since, or not to be seen from here
  }
}

function loadedByThisThread (): string[] {
  // some test runners have a cache of their own in front of that of the thread
  const { _cache: cache = {} } = Module as unknown as { _cache?: Record<string, unknown> }

  return [...Object.keys(require.cache), ...Object.keys(cache)].filter(isBinary)
}

/**
 * Other runtimes than Node.js don't tell
 */
function loadedByAnyThread (): string[] {
  const report = process.report as Report | undefined

  if (report == null) {
    return []
  }

  // otherwise it looks up the names of the other ends of all sockets
  const { excludeNetwork } = report
  report.excludeNetwork = true

  try {
    return report.getReport().sharedObjects?.filter(isBinary) ?? []
  } catch {
    return []
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}
