/**
 * Builds the peers that are not JavaScript.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GO_PEER, RUST_TARGET } from './peers.ts'
import type { PeerKind } from './peers.ts'

type Program = PeerKind['program']

interface Build {
  /**
   * What is needed, and where to get it
   */
  tool: string
  advice: string
  folder: string
  args (): string[]
  env (): NodeJS.ProcessEnv

  /**
   * What else is needed, for when it fails
   */
  hint?: string
}

const BUILDS: Partial<Record<Program, Build>> = {
  rust: {
    tool: 'cargo',
    advice: 'see https://rustup.rs',
    folder: fileURLToPath(new URL('../../interop/rust', import.meta.url)),
    args: () => ['build', '--locked', '--target-dir', RUST_TARGET],

    // minutes faster than to build a copy
    env: () => spawnSync('pkg-config', ['openssl']).status === 0 ? { OPENSSL_NO_VENDOR: '1' } : {},
    hint: 'it needs protoc (protobuf-compiler); libssl-dev with pkg-config saves minutes'
  },

  go: {
    tool: 'go',
    advice: 'see https://go.dev/dl',
    folder: fileURLToPath(new URL('../../interop/go', import.meta.url)),
    args: () => ['build', '-o', GO_PEER, '.'],
    env: () => ({})
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

    if (build == null) {
      continue
    }

    if (spawnSync(build.tool, ['version'], { stdio: 'ignore' }).error != null) {
      const reason = `${build.tool} is missing, ${build.advice}`

      if (process.env.INTEROP_SKIP_MISSING !== '1') {
        throw new Error(`The ${program} peers can't be built: ${reason}. With INTEROP_SKIP_MISSING=1 their pairs are skipped.`)
      }

      missing.set(program, reason)
    } else {
      await run(program, build, say)
    }
  }

  return missing
}

async function run (program: Program, { tool, args, env, folder, hint }: Build, say: (line: string) => void): Promise<void> {
  if (!existsSync(folder)) {
    throw new Error(`The ${program} peers can't be built: ${folder} is missing`)
  }

  say(`building the ${program} peers: ${tool} ${args().join(' ')}`)

  const start = performance.now()
  const child = spawn(tool, args(), {
    cwd: folder,
    env: { ...process.env, ...env() },

    // what it says is progress; standard output is for results
    stdio: ['ignore', 2, 2]
  })
  const [code] = await once(child, 'close')

  if (code !== 0) {
    throw new Error(`The ${program} peers were not built, ${tool} ended with exit code ${code}${hint == null ? '' : `: ${hint}`}`)
  }

  say(`built the ${program} peers in ${Math.round((performance.now() - start) / 1000)} s`)
}
