import { expect } from 'aegir/chai'
import { available } from '../../bench/available.ts'

describe('what can be measured', () => {
  it('is what needs nothing, and what has what it needs', async () => {
    expect(await available(['ours', 'go'], () => {}, { async go () {} })).to.deep.equal(['ours', 'go'])
  })

  it('says what it does meanwhile', async () => {
    const lines: string[] = []
    await available(['go'], line => { lines.push(line) }, { async go (say) { say('building') } })

    expect(lines).to.deep.equal(['building'])
  })

  it('leaves out what is missing, with a line', async () => {
    const lines: string[] = []
    const needs = { async quic () { throw new Error('Cannot find native binding.\nTry again') } }

    expect(await available(['quic', 'ours'], line => { lines.push(line) }, needs)).to.deep.equal(['ours'])
    expect(lines).to.deep.equal(['@chainsafe/libp2p-quic is left out: Cannot find native binding.'])
  })
})
