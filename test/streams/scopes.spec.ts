import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { Scopes } from '../../src/streams/scopes.ts'

describe('the loggers of streams', () => {
  it('gives a stream the logger of the one before that had its name', () => {
    const scopes = new Scopes(defaultLogger().forComponent('test'))

    expect(scopes.get('outbound:1')).to.equal(scopes.get('outbound:1'))
    expect(scopes.get('outbound:1')).to.not.equal(scopes.get('outbound:3'))
  })

  it('has the loggers that were derived from them before', () => {
    const scopes = new Scopes(defaultLogger().forComponent('test'))
    const derived = scopes.get('outbound:1').newScope('mss:select')

    expect(scopes.get('outbound:1').newScope('mss:select')).to.equal(derived)
    expect(scopes.get('outbound:3').newScope('mss:select')).to.not.equal(derived)
  })

  it('keeps no more than 32', () => {
    const scopes = new Scopes(defaultLogger().forComponent('test'))
    const logs = Array.from({ length: 33 }, (_, id) => scopes.get(`inbound:${id}`))
    const again = logs.map((_, id) => scopes.get(`inbound:${id}`))

    expect(logs.filter((log, id) => log === again[id])).to.have.lengthOf(32)
  })
})
