/* eslint-disable no-console */
/**
 * Builds the go-libp2p peer, then runs interop/certhash.ts against it. Without Go
 * it fails, or with INTEROP_SKIP_MISSING=1 says that it skipped.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

// worth keeping when the checkout is cleaned
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'libp2p-transport-webrtc-direct')
const peer = join(cache, 'certhash-go-peer')

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} options
 */
function run (command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options })

  if (error != null) {
    console.error(`${command} can't be run: ${error.message}`)
  }

  return status === 0
}

function main () {
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
    console.error('go is missing, see https://go.dev/dl: the go-libp2p peer can\'t be built')

    if (process.env.INTEROP_SKIP_MISSING === '1') {
      console.error('skipped the comparison of certhashes')
      return 0
    }

    return 1
  }

  mkdirSync(cache, { recursive: true })

  if (!run('go', ['build', '-mod=readonly', '-o', peer, '.'], { cwd: 'interop/go' })) {
    console.error('the go-libp2p peer was not built')
    return 1
  }

  const passed = run('mocha', ['--no-config', '--require', './dist/test/open-handles.js', '--timeout', '60000', 'dist/interop/certhash.js'], {
    env: { ...process.env, GO_PEER: peer }
  })

  return passed ? 0 : 1
}

process.exitCode = main()
