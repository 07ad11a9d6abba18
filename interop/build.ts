/**
 * Builds the peers that are more than one program in JavaScript.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from '../test/browser/chromium.ts'
import { findFirefox } from '../test/browser/firefox.ts'
import { bundlePage } from './browser/bundle.ts'
import { compile } from './compile.ts'
import { GO_PEER, PYTHON_ENVIRONMENT, RUST_TARGET } from './peers.ts'
import type { Build } from './compile.ts'
import type { PeerKind } from './peers.ts'

type Program = PeerKind['program']

const PYTHON_FOLDER = fileURLToPath(new URL('../../interop/py', import.meta.url))
const PINS = 'requirements.txt'

const BUILDS: Partial<Record<Program, Build>> = {
  rust: compile('rust peers', {
    tool: 'cargo',
    advice: 'see https://rustup.rs',
    folder: fileURLToPath(new URL('../../interop/rust', import.meta.url)),
    steps: [['cargo', 'build', '--locked', '--target-dir', RUST_TARGET]],

    // minutes faster than to build a copy
    env: () => spawnSync('pkg-config', ['openssl']).status === 0 ? { OPENSSL_NO_VENDOR: '1' } : {},
    hint: 'it needs protoc (protobuf-compiler); libssl-dev with pkg-config saves minutes'
  }),

  go: compile('go peers', {
    tool: 'go',
    advice: 'see https://go.dev/dl',
    folder: fileURLToPath(new URL('../../interop/go', import.meta.url)),
    steps: [['go', 'build', '-o', GO_PEER, '.']]
  }),

  python: compile('python peers', {
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
