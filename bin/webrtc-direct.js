#!/usr/bin/env node
import { tooOld } from './node-version.js'

const complaint = tooOld(process.versions.node)

if (complaint == null) {
  import('../dist/src/cli/index.js')
} else {
  process.stderr.write(complaint + '\n')
  process.exitCode = 1
}
