/**
 * Builds the peers that are more than one program in JavaScript.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '../test/browser/chromium.ts'
import { findFirefox } from '../test/browser/firefox.ts'
import { bundlePage } from './browser/bundle.ts'
import { GO_PEER, PYTHON_ENVIRONMENT, RUST_TARGET } from './peers.ts'
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

  /**
   * Commands, one after the other
   */
  steps: string[][]
  env? (): NodeJS.ProcessEnv

  /**
   * What else is needed, for when it fails
   */
  hint?: string

  /**
   * What was built, for tools that don't find out themselves whether there is
   * anything to do: where it is noted, and what is noted there
   */
  stamp?: { path: string, content (): string }
}

const PYTHON_FOLDER = fileURLToPath(new URL('../../interop/py', import.meta.url))
const PINS = 'requirements.txt'

const BUILDS: Partial<Record<Program, Build>> = {
  rust: compile('rust', {
    tool: 'cargo',
    advice: 'see https://rustup.rs',
    folder: fileURLToPath(new URL('../../interop/rust', import.meta.url)),
    steps: [['cargo', 'build', '--locked', '--target-dir', RUST_TARGET]],

    // minutes faster than to build a copy
    env: () => spawnSync('pkg-config', ['openssl']).status === 0 ? { OPENSSL_NO_VENDOR: '1' } : {},
    hint: 'it needs protoc (protobuf-compiler); libssl-dev with pkg-config saves minutes'
  }),

  go: compile('go', {
    tool: 'go',
    advice: 'see https://go.dev/dl',
    folder: fileURLToPath(new URL('../../interop/go', import.meta.url)),
    steps: [['go', 'build', '-o', GO_PEER, '.']]
  }),

  python: compile('python', {
    tool: 'python3',
    advice: 'see https://www.python.org/downloads',
    folder: PYTHON_FOLDER,
    steps: [
      ['python3', '-m', 'venv', '--clear', PYTHON_ENVIRONMENT],
      [join(PYTHON_ENVIRONMENT, 'bin', 'pip'), 'install', '--disable-pip-version-check', '--quiet', '--require-hashes', '--requirement', PINS]
    ],
    hint: 'it needs Python 3.11 or newer with venv (python3-venv), its headers (python3-dev), a C compiler and GMP (libgmp-dev)',
    stamp: {
      path: join(PYTHON_ENVIRONMENT, 'installed'),
      content: () => `${spawnSync('python3', ['--version']).stdout}${readFileSync(join(PYTHON_FOLDER, PINS), 'utf8')}`
    }
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

function compile (program: Program, compiler: Compiler): Build {
  const { tool, advice, folder, steps, stamp } = compiler

  return {
    missing: () => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error == null ? undefined : `${tool} is missing, ${advice}`,

    async run (say) {
      if (!existsSync(folder)) {
        throw new Error(`The ${program} peers can't be built: ${folder} is missing`)
      }

      const content = stamp?.content()

      if (stamp != null && existsSync(stamp.path) && readFileSync(stamp.path, 'utf8') === content) {
        return
      }

      const start = performance.now()

      for (const step of steps) {
        say(`building the ${program} peers: ${step.join(' ')}`)
        await runStep(program, step, compiler)
      }

      if (stamp != null && content != null) {
        writeFileSync(stamp.path, content)
      }

      say(`built the ${program} peers in ${Math.round((performance.now() - start) / 1000)} s`)
    }
  }
}

async function runStep (program: Program, [command, ...args]: string[], { env, folder, hint }: Compiler): Promise<void> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env?.() },

    // what it says is progress; standard output is for results
    stdio: ['ignore', 2, 2]
  })
  const [code] = await once(child, 'close')

  if (code !== 0) {
    throw new Error(`The ${program} peers were not built, ${command} ended with exit code ${code}${hint == null ? '' : `: ${hint}`}`)
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
