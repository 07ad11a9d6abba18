/**
 * Words of a command line
 */
import { expect } from 'aegir/chai'
import { parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds } from '../../../src/cli/arguments.ts'
import { ADDRESSES } from './addresses.ts'
import { checkRefusal } from './refusal.ts'

export const WORDS = [...ADDRESSES, '127.0.0.1', '::1', '9000', '65536', '10MiB', '1.5GB', '30', '0.2', 'auto']

const PARSERS: Array<(text: string) => unknown> = [parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds]

/**
 * A word means something, or is an error that is shown without a stack
 */
export function checkWord (text: string): void {
  for (const parse of PARSERS) {
    try {
      const value = parse(text)
      expect(value == null || Number.isNaN(value)).to.equal(false)
    } catch (err: any) {
      checkRefusal(err, 'UsageError', 'InvalidArgumentError')
    }
  }
}
