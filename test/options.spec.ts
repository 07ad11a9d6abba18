import { expect } from 'aegir/chai'
import { resolveOptions } from '../src/options.ts'
import type { WebRTCDirectInit } from '../src/options.ts'

const DAY = 24 * 60 * 60 * 1_000

describe('options', () => {
  it('all have defaults', () => {
    expect(resolveOptions()).to.deep.equal({
      certificate: { from: 'derived' },
      streams: {
        maxMessageSize: undefined,
        finAckTimeout: 10_000,
        maxInboundStreams: 512,
        maxEarlyStreams: 32,
        maxConnectionReadBufferLength: 33_554_432,
        streamOpenTimeout: 10_000
      },
      maxBufferedAmount: 16_384,
      mtu: 1_280,
      setupTimeout: 10_000,
      iceTimeout: 4_000,
      dialerVersion: 'auto',
      maxPendingConnections: 64,
      maxPendingHandshakes: 96,
      setupRate: 64,
      setupRatePerSource: 16,
      settlingTime: 30_000
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
      maxConnectionReadBufferLength: 8_000,
      streamOpenTimeout: 4,
      mtu: 640,
      streamOptions: { inactivityTimeout: 5, maxReadBufferLength: 6, maxWriteBufferLength: 7 },
      setupTimeout: 8,
      iceTimeout: 10,
      dialerVersion: 2,
      maxPendingConnections: 9,
      maxPendingHandshakes: 11,
      setupRate: 12,
      setupRatePerSource: 13,
      settlingTime: 0
    })).to.deep.equal({
      certificate: { from: 'derived' },
      streams: {
        maxMessageSize: 64,
        finAckTimeout: 1,
        maxInboundStreams: 2,
        maxEarlyStreams: 3,
        maxConnectionReadBufferLength: 8_000,
        streamOpenTimeout: 4,
        inactivityTimeout: 5,
        maxReadBufferLength: 6,
        maxWriteBufferLength: 7
      },
      maxBufferedAmount: 0,
      mtu: 640,
      setupTimeout: 8,
      iceTimeout: 10,
      dialerVersion: 2,
      maxPendingConnections: 9,
      maxPendingHandshakes: 11,
      setupRate: 12,
      setupRatePerSource: 13,
      settlingTime: 0
    })
  })

  it('are not changed in place', () => {
    const init = Object.freeze({ dataChannel: Object.freeze({}), streamOptions: Object.freeze({}) })

    expect(() => resolveOptions(init)).to.not.throw()
  })

  describe('of the certificate', () => {
    const GENERATED = {
      from: 'generated',
      certificateLifespan: 1_209_600_000,
      certificateRenewalThreshold: 86_400_000,
      certificateDatastoreKey: '/libp2p/webrtc-direct/certificate',
      certificateKeychainName: 'webrtc-direct-certificate-private-key'
    }

    it('are those of @libp2p/webrtc where it is generated', () => {
      expect(resolveOptions({ certificate: 'generated' }).certificate).to.deep.equal(GENERATED)
    })

    for (const given of [
      { certificateLifespan: 30 * DAY },
      { certificateRenewalThreshold: DAY / 2 },
      { certificateDatastoreKey: '/certificate' },
      { certificateKeychainName: 'certificate' }
    ]) {
      it(`${Object.keys(given).join()} alone means that it is generated, as in @libp2p/webrtc`, () => {
        expect(resolveOptions(given).certificate).to.deep.equal({ ...GENERATED, ...given })
        expect(resolveOptions({ ...given, certificate: 'generated' }).certificate).to.deep.equal({ ...GENERATED, ...given })
      })

      for (const certificate of ['derived', { privateKey: '', pem: '' }] as const) {
        it(`${Object.keys(given).join()} with another certificate is an error that says so`, () => {
          expect(() => resolveOptions({ ...given, certificate }))
            .to.throw(`${Object.keys(given).join()} is for a generated certificate`)
            .with.property('name', 'InvalidParametersError')
        })
      }
    }

    it('renew a short one at half of its time', () => {
      expect(resolveOptions({ certificateLifespan: DAY }).certificate).to.include({ certificateRenewalThreshold: DAY / 2 })
      expect(resolveOptions({ certificateLifespan: 1_001 }).certificate).to.include({ certificateRenewalThreshold: 500 })
    })

    it('can be one of your own', () => {
      const certificate = { privateKey: 'key', pem: 'certificate' }

      expect(resolveOptions({ certificate }).certificate).to.deep.equal({ from: 'own', certificate })
    })

    for (const certificate of ['random', '', 1, {}, { pem: 'certificate' }, { privateKey: 'key', pem: Uint8Array.of(1) }]) {
      it(`refuse ${JSON.stringify(certificate)}, and say so`, () => {
        expect(() => resolveOptions({ certificate: certificate as any }))
          .to.throw(/^certificate must be 'derived', 'generated' or \{ privateKey, pem \}/)
          .with.property('name', 'InvalidParametersError')
      })
    }

    for (const name of ['certificateDatastoreKey', 'certificateKeychainName']) {
      it(`refuse an empty ${name}, and say so`, () => {
        expect(() => resolveOptions({ [name]: ' ' }))
          .to.throw(`${name} must be a text that is not empty`)
          .with.property('name', 'InvalidParametersError')
      })
    }
  })

  const OUT_OF_RANGE: Array<[name: string, values: number[], init: (value: number) => WebRTCDirectInit]> = [
    ['mtu', [639, 4_145], mtu => ({ mtu })],
    ['dataChannel.maxMessageSize', [63, 16_385], maxMessageSize => ({ dataChannel: { maxMessageSize } })],
    ['dataChannel.maxBufferedAmount', [-1], maxBufferedAmount => ({ dataChannel: { maxBufferedAmount } })],
    ['dataChannel.finAckTimeout', [0, 2 ** 31], finAckTimeout => ({ dataChannel: { finAckTimeout } })],
    ['maxInboundStreams', [-1], maxInboundStreams => ({ maxInboundStreams })],
    ['maxEarlyStreams', [-1], maxEarlyStreams => ({ maxEarlyStreams })],
    ['streamOpenTimeout', [0, 2 ** 31], streamOpenTimeout => ({ streamOpenTimeout })],
    ['setupTimeout', [0, 2 ** 31], setupTimeout => ({ setupTimeout })],
    ['iceTimeout', [0, 2 ** 31], iceTimeout => ({ iceTimeout })],
    ['maxPendingConnections', [0], maxPendingConnections => ({ maxPendingConnections })],
    ['maxPendingHandshakes', [0], maxPendingHandshakes => ({ maxPendingHandshakes })],
    ['setupRate', [0], setupRate => ({ setupRate })],
    ['setupRatePerSource', [0], setupRatePerSource => ({ setupRatePerSource })],
    ['settlingTime', [-1], settlingTime => ({ settlingTime })],
    ['certificateLifespan', [999, 36_525 * DAY + 1], certificateLifespan => ({ certificateLifespan })],
    ['certificateRenewalThreshold', [-1, 14 * DAY], certificateRenewalThreshold => ({ certificateRenewalThreshold })]
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
