import { expect } from 'aegir/chai'
import { resolveOptions } from '../src/options.ts'
import type { WebRTCDirectInit } from '../src/options.ts'

describe('options', () => {
  it('all have defaults', () => {
    expect(resolveOptions()).to.deep.equal({
      streams: {
        maxMessageSize: 4_096,
        finAckTimeout: 10_000,
        maxInboundStreams: 512,
        maxEarlyStreams: 32,
        streamOpenTimeout: 10_000
      },
      maxBufferedAmount: 16_384,
      setupTimeout: 10_000,
      maxPendingConnections: 64
    })
  })

  it('have the same defaults where some are given', () => {
    expect(resolveOptions({ dataChannel: {} })).to.deep.equal(resolveOptions())
    expect(resolveOptions({ setupTimeout: 10_000 })).to.deep.equal(resolveOptions())
    expect(resolveOptions({ setupTimeout: undefined })).to.deep.equal(resolveOptions())
  })

  it('are taken over', () => {
    expect(resolveOptions({
      dataChannel: { maxMessageSize: 64, maxBufferedAmount: 0, finAckTimeout: 1 },
      maxInboundStreams: 2,
      maxEarlyStreams: 3,
      streamOpenTimeout: 4,
      streamOptions: { inactivityTimeout: 5, maxReadBufferLength: 6, maxWriteBufferLength: 7 },
      setupTimeout: 8,
      maxPendingConnections: 9
    })).to.deep.equal({
      streams: {
        maxMessageSize: 64,
        finAckTimeout: 1,
        maxInboundStreams: 2,
        maxEarlyStreams: 3,
        streamOpenTimeout: 4,
        inactivityTimeout: 5,
        maxReadBufferLength: 6,
        maxWriteBufferLength: 7
      },
      maxBufferedAmount: 0,
      setupTimeout: 8,
      maxPendingConnections: 9
    })
  })

  it('are not changed in place', () => {
    const init = Object.freeze({ dataChannel: Object.freeze({}), streamOptions: Object.freeze({}) })

    expect(() => resolveOptions(init)).to.not.throw()
  })

  const OUT_OF_RANGE: Array<[name: string, values: number[], init: (value: number) => WebRTCDirectInit]> = [
    ['dataChannel.maxMessageSize', [63, 16_385], maxMessageSize => ({ dataChannel: { maxMessageSize } })],
    ['dataChannel.maxBufferedAmount', [-1], maxBufferedAmount => ({ dataChannel: { maxBufferedAmount } })],
    ['dataChannel.finAckTimeout', [0, 2 ** 31], finAckTimeout => ({ dataChannel: { finAckTimeout } })],
    ['maxInboundStreams', [-1], maxInboundStreams => ({ maxInboundStreams })],
    ['maxEarlyStreams', [-1], maxEarlyStreams => ({ maxEarlyStreams })],
    ['streamOpenTimeout', [0, 2 ** 31], streamOpenTimeout => ({ streamOpenTimeout })],
    ['setupTimeout', [0, 2 ** 31], setupTimeout => ({ setupTimeout })],
    ['maxPendingConnections', [0], maxPendingConnections => ({ maxPendingConnections })]
  ]

  for (const [name, values, init] of OUT_OF_RANGE) {
    for (const value of [...values, 1_000.5, NaN, Infinity]) {
      it(`refuse ${value} for ${name}, and say so`, () => {
        expect(() => resolveOptions(init(value)))
          .to.throw(new RegExp(`^${name.replace('.', '\\.')} must be .*, not ${value}$`))
          .with.property('name', 'InvalidParametersError')
      })
    }
  }
})
