/**
 * The transport, whose dialer connects from an address of its own choice.
 */
import { NotStartedError, transportSymbol } from '@libp2p/interface'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { Dialer } from '../src/dialer.ts'
import { dialPeer } from '../src/native/connect.ts'
import { loadStack } from '../src/native/stack.ts'
import { resolveOptions } from '../src/options.ts'
import { generateCredentials } from '../src/wire/credentials.ts'
import type { WebRTCDirectComponents } from '../src/index.ts'
import type { CredentialPair, DialerVersion } from '../src/wire/credentials.ts'
import type { Transport } from '@libp2p/interface'

export interface BoundTransportInit {
  bindAddress: string
  version: DialerVersion

  /**
   * Called before each attempt to connect
   */
  onCredentials (credentials: CredentialPair): void
}

export function boundTransport ({ bindAddress, version, onCredentials }: BoundTransportInit): (components: WebRTCDirectComponents) => Transport {
  return components => {
    const log = components.logger.forComponent('libp2p:webrtc-direct')
    const options = resolveOptions({ dialerVersion: version })
    const dialer = new Dialer({
      components,
      options,
      log,
      stack: {
        allowsManyFingerprints: true,
        load: loadStack,
        resolve: async () => [],
        connect (target) {
          const credentials = generateCredentials(target.version)
          onCredentials(credentials)

          return dialPeer({ ...target, bindAddress }, credentials, { log, maxBufferedAmount: options.maxBufferedAmount, mtu: options.mtu })
        }
      }
    })

    return {
      [transportSymbol]: true,
      [Symbol.toStringTag]: 'bound-transport',
      dial: async (ma, options) => dialer.dial(ma, options),
      createListener () {
        throw new NotStartedError('This transport only dials')
      },
      listenFilter: () => [],
      dialFilter: multiaddrs => multiaddrs.filter(ma => WebRTCDirect.exactMatch(ma))
    }
  }
}
