/* eslint-disable no-console */
/**
 * Builds the litep2p peer with cargo, then runs the tests in interop/ against
 * it. They find its executable in the environment variable LITEP2P_PEER.
 *
 * With RUNS=20 they run 20 times in a row. Without cargo it fails, or with INTEROP_SKIP_MISSING=1 says that it skipped.
 */
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'

const manifest = 'interop/litep2p/Cargo.toml'

// big, and worth keeping when the checkout is cleaned
const target = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'libp2p-transport-webrtc-direct', 'litep2p-target')

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
function run (command, args, env) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })

  if (error != null) {
    console.error(`${command} can't be run: ${error.message}`)
  }

  return status === 0
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function succeeds (command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function main () {
  if (!succeeds('cargo', ['--version'])) {
    console.error('cargo is missing, see https://rustup.rs: the litep2p peer can\'t be built')

    if (process.env.INTEROP_SKIP_MISSING === '1') {
      console.error('skipped the interop tests')
      return 0
    }

    return 1
  }

  const built = run('cargo', ['build', '--locked', '--manifest-path', manifest, '--target-dir', target], {
    // minutes faster than to build a copy
    ...(succeeds('pkg-config', ['openssl']) ? { OPENSSL_NO_VENDOR: '1' } : {})
  })

  if (!built) {
    console.error('the litep2p peer was not built, it needs protoc (protobuf-compiler), and libssl-dev with pkg-config saves minutes')
    return 1
  }

  const [command, ...args] = process.env.RUNS == null ? ['mocha'] : ['node', 'scripts/repeat.js', process.env.RUNS]
  const passed = run(command, args, {
    MOCHA_SUITE: 'interop',
    LITEP2P_PEER: join(target, 'debug', 'interop-litep2p')
  })

  return passed ? 0 : 1
}

process.exitCode = main()
