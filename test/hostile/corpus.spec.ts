import { expect } from 'aegir/chai'
import { readCorpus, TARGETS } from '../../fuzz/corpus.ts'

describe('hostile bytes that a fuzzer found', () => {
  for (const target of TARGETS) {
    it(`do no harm as ${target.replace('-', ' ')}`, async () => {
      const { fuzz } = await import(new URL(`../../fuzz/targets/${target}.js`, import.meta.url).href)
      const inputs = readCorpus(target)
      expect(inputs).to.not.have.lengthOf(0)

      for (const input of inputs) {
        await fuzz(input)
      }
    })
  }
})
