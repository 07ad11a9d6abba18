/**
 * `webrtc-direct address`
 */
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { CODE_CERTHASH, CODE_P2P } from '@multiformats/multiaddr'
import { deriveCertificate } from '../certificates/derived.ts'
import { encodeCerthash, withCerthash } from '../wire/address.ts'
import { UsageError } from './arguments.ts'
import { readKey } from './key-file.ts'
import type { Output } from './output.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Tells the addresses at which a listener with the key can be reached, without
 * listening
 *
 * @throws {UsageError} if the key can't be used, or an address is of another peer
 */
export async function printAddresses (keyFile: string, announce: Multiaddr[], { allowReadableKey }: { allowReadableKey?: boolean }, output: Output): Promise<void> {
  const key = await readKey(keyFile, { allowReadable: allowReadableKey, warn: output.warn })
  const peerId = peerIdFromPrivateKey(key)
  const certhash = encodeCerthash((await deriveCertificate(key)).fingerprint)
  const addresses = announce.map(address => complete(address, certhash, peerId).toString())

  output.result(addresses.join('\n'), {
    event: 'address',
    peerId: peerId.toString(),
    certhash,
    addresses
  })
}

function complete (address: Multiaddr, certhash: string, peerId: PeerId): Multiaddr {
  const components = address.getComponents()

  if (components.some(({ code, value }) => code === CODE_CERTHASH && value !== certhash)) {
    throw new UsageError(`address: ${address} has the certhash of another certificate, that of the key is ${certhash}`)
  }

  const peer = components.find(({ code }) => code === CODE_P2P)?.value

  if (peer != null && peer !== peerId.toString()) {
    throw new UsageError(`address: ${address} is of another peer, that of the key is ${peerId}`)
  }

  const withHash = withCerthash(address, certhash)

  return peer == null ? withHash.encapsulate(`/p2p/${peerId}`) : withHash
}
