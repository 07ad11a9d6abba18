/**
 * A process that loads the stack twice. Prints the settings of SCTP that were set.
 */
import { createRequire } from 'node:module'
import { loadStack } from '../../src/native/stack.ts'
import type { SctpSettings } from 'node-datachannel'

const stack = createRequire(import.meta.url)('node-datachannel').default
const settings: SctpSettings[] = []
stack.setSctpSettings = (value: SctpSettings) => { settings.push(value) }

await loadStack()
await loadStack()

console.info(JSON.stringify(settings)) // eslint-disable-line no-console
