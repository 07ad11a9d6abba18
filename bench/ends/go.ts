/**
 * The ends of go-libp2p, which are a program of their own.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../../interop/compile.ts'
import { CACHE } from '../../interop/peers.ts'

export const GO_END = join(CACHE, 'bench-go-libp2p')

export const GO_BUILD = compile('go ends of the benchmark', {
  tool: 'go',
  advice: 'see https://go.dev/dl',
  folder: fileURLToPath(new URL('../../../interop/go', import.meta.url)),
  steps: [['go', 'build', '-o', GO_END, './bench']]
})
