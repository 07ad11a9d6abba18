/**
 * Builds the peers that are more than one program in JavaScript.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findChromium } from '../test/browser/chromium.ts'
import { findFirefox } from '../test/browser/firefox.ts'
import { bundlePage } from './browser/bundle.ts'
import { GO_PEER, RUST_TARGET } from './peers.ts'
import type { PeerKind } from './peers.ts'

type Program = PeerKind['program']

interface Build {
  /**
   * What is missing, and where to get it
   */
  missing (): string | undefined

  /**
   * @throws {Error} if it can't be built
   */
  run (say: (line: string) => void): Promise<void>
}

interface Compiler {
  tool: string

  /**
   * Where to get it
   */
  advice: string
  folder: string
  args (): string[]
  env? (): NodeJS.ProcessEnv

  /**
   * What else is needed, for when it fails
   */
  hint?: string
}

const BUILDS: Partial<Record<Program, Build>> = {
  rust: compile('rust', {
    tool: 'cargo',
    advice: 'see https://rustup.rs',
    folder: fileURLToPath(new URL('../../interop/rust', import.meta.url)),
    args: () => ['build', '--locked', '--target-dir', RUST_TARGET],

    // minutes faster than to build a copy
    env: () => spawnSync('pkg-config', ['openssl']).status === 0 ? { OPENSSL_NO_VENDOR: '1' } : {},
    hint: 'it needs protoc (protobuf-compiler); libssl-dev with pkg-config saves minutes'
  }),

  go: compile('go', {
    tool: 'go',
    advice: 'see https://go.dev/dl',
    folder: fileURLToPath(new URL('../../interop/go', import.meta.url)),
    args: () => ['build', '-o', GO_PEER, '.']
  }),

  chromium: {
    missing: () => messageOf(findChromium),
    run: bundlePage
  },

  firefox: {
    missing: () => messageOf(findFirefox),
    run: bundlePage
  }
}

function compile (program: Program, { tool, advice, folder, args, env, hint }: Compiler): Build {
  return {
    missing: () => spawnSync(tool, ['version'], { stdio: 'ignore' }).error == null ? undefined : `${tool} is missing, ${advice}`,

    async run (say) {
      if (!existsSync(folder)) {
        throw new Error(`The ${program} peers can't be built: ${folder} is missing`)
      }

      say(`building the ${program} peers: ${tool} ${args().join(' ')}`)

      const start = performance.now()
      const child = spawn(tool, args(), {
        cwd: folder,
        env: { ...process.env, ...env?.() },

        // what it says is progress; standard output is for results
        stdio: ['ignore', 2, 2]
      })
      const [code] = await once(child, 'close')

      if (code !== 0) {
        throw new Error(`The ${program} peers were not built, ${tool} ended with exit code ${code}${hint == null ? '' : `: ${hint}`}`)
      }

      say(`built the ${program} peers in ${Math.round((performance.now() - start) / 1000)} s`)
    }
  }
}

/**
 * What a function throws, if it does
 */
function messageOf (run: () => unknown): string | undefined {
  try {
    run()
  } catch (err: any) {
    return err.message
  }
}

/**
 * Builds what the peers need, one after the other: each takes all cores.
 *
 * @returns the programs that are missing, and why. That is allowed with
 * INTEROP_SKIP_MISSING=1 only.
 * @throws {Error} if something can't be built
 */
export async function buildPeers (programs: Set<Program>, say: (line: string) => void): Promise<Map<Program, string>> {
  const missing = new Map<Program, string>()

  for (const program of programs) {
    const build = BUILDS[program]
    const reason = build?.missing()

    if (reason == null) {
      await build?.run(say)
    } else if (process.env.INTEROP_SKIP_MISSING === '1') {
      missing.set(program, reason)
    } else {
      throw new Error(`The ${program} peers can't be built: ${reason}. With INTEROP_SKIP_MISSING=1 their pairs are skipped.`)
    }
  }

  return missing
}
