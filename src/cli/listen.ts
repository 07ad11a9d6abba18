/**
 * `webrtc-direct listen`
 */
import { once } from 'node:events'
import { readOrCreateKey } from './key-file.ts'
import { describeListenFailure, startListener } from './node.ts'
import type { ListenerOptions } from './node.ts'
import type { Output } from './output.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface ListenCommandOptions extends Pick<ListenerOptions, 'perf'> {
  /**
   * Where the identity of the peer is kept
   */
  keyFile?: string

  /**
   * Whether others may be able to read that file
   */
  allowReadableKey?: boolean
}

/**
 * Serves until the signal aborts
 *
 * @throws {UsageError} if the file with the key can't be used
 * @throws {Error} if none of the addresses can be listened on
 */
export async function listen (addresses: Multiaddr[], { keyFile, allowReadableKey, ...options }: ListenCommandOptions, output: Output, signal: AbortSignal): Promise<void> {
  const identity = keyFile == null ? undefined : await readOrCreateKey(keyFile, { allowReadable: allowReadableKey, warn: output.warn })

  if (identity?.isNew === true) {
    output.note(`Made the key of this peer in ${keyFile}`)
  }

  const node = await startListener(addresses, {
    ...options,
    privateKey: identity?.key,
    onFailure: (failure) => {
      const { message } = describeListenFailure(failure)

      output.event(`webrtc-direct: ${message}`, {
        event: 'not-listening',
        address: failure.address.toString(),
        reason: failure.error.message
      })
    }
  })

  try {
    node.addEventListener('connection:open', ({ detail: { remotePeer, remoteAddr } }) => {
      output.event(`${remotePeer} connected from ${remoteAddr}`, {
        event: 'connected',
        peerId: remotePeer.toString(),
        address: remoteAddr.toString()
      })
    })
    node.addEventListener('connection:close', ({ detail: { remotePeer, remoteAddr } }) => {
      output.event(`${remotePeer} left`, {
        event: 'disconnected',
        peerId: remotePeer.toString(),
        address: remoteAddr.toString()
      })
    })

    const listening = node.getMultiaddrs().map(address => address.toString())

    output.result(listening.join('\n'), {
      event: 'listening',
      peerId: node.peerId.toString(),
      addresses: listening
    })
    output.note(`Serving ping, echo, ${options.perf === true ? 'perf ' : ''}and identify, Ctrl-C ends`)

    if (!signal.aborted) {
      await once(signal, 'abort')
    }
  } finally {
    await node.stop()
  }
}
