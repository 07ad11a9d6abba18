/**
 * A dialer in a process of its own that passes the Noise handshake, unless it is
 * told not to, and then does what no honest one would, on data channels of the
 * native stack. It tells its parent when it has begun, and goes on until it is
 * killed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { Uint8ArrayList } from 'uint8arraylist'
import { fromString } from 'uint8arrays/from-string'
import { dialPeer } from '../../src/native/connect.ts'
import { loadStack } from '../../src/native/stack.ts'
import { MULTISTREAM_HEADER } from '../../src/streams/first-flight.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'
import { encodeFlag, Flag, maxPayload, sendFrames } from '../../src/wire/framing.ts'
import { ECHO, IGNORE, SINK, startNode } from './peer-process.ts'
import type { DataChannel, DataChannelInitConfig, PeerConnection } from 'node-datachannel'
import type { ChildProcess } from 'node:child_process'

/**
 * How many channels a connection can hold in one direction
 */
const ALL_CHANNELS = 510

/**
 * How many bytes may wait at this end before it pauses
 */
const MAX_BUFFERED = 512 * 1024

/**
 * How many messages come at once, and how many then in a second
 */
const BURST = 20_000
const RATE = 1_000

type Misdeed = (native: PeerConnection, begun: () => void) => Promise<void>

/**
 * A channel that takes messages
 */
async function open (native: PeerConnection, config: DataChannelInitConfig = {}): Promise<DataChannel> {
  const channel = native.createDataChannel('', config)
  channels.push(channel)

  if (!channel.isOpen()) {
    await new Promise<void>(resolve => { channel.onOpen(resolve) })
  }

  return channel
}

// the stack closes what is garbage collected
const channels: DataChannel[] = []

async function turn (): Promise<void> {
  await new Promise(resolve => { setImmediate(resolve) })
}

function frames (data: Uint8Array): Uint8Array {
  const result: Uint8Array[] = []
  sendFrames(new Uint8ArrayList(data), () => maxPayload(16_384), frame => {
    result.push(frame.slice())

    return true
  })

  return Buffer.concat(result)
}

/**
 * What asks for a protocol, without waiting for the answer
 */
function request (protocol: string): Uint8Array {
  const line = fromString(`${protocol}\n`)

  return frames(Buffer.concat([MULTISTREAM_HEADER, Uint8Array.of(line.byteLength), line]))
}

/**
 * Sends the same again and again: a burst as fast as the connection takes it, which
 * is what counts for memory, then what a line of 8 Mbit/s has
 */
async function flood (channel: DataChannel, message: Uint8Array, begun: () => void): Promise<void> {
  for (let sent = 0; sent < BURST && channel.isOpen(); sent++) {
    channel.sendMessageBinary(message)

    if (sent % 64 === 0 || channel.bufferedAmount() > MAX_BUFFERED) {
      await turn()
    }
  }

  begun()

  while (channel.isOpen()) {
    for (let i = 0; i < RATE / 100; i++) {
      channel.sendMessageBinary(message)
    }

    await setTimeout(10)
  }
}

function flooding (protocol: string, message: Uint8Array, ...before: Uint8Array[]): Misdeed {
  return async (native, begun) => {
    const channel = await open(native)
    ;[request(protocol), ...before].forEach(message => { channel.sendMessageBinary(message) })
    await flood(channel, message, begun)
  }
}

async function openAll (native: PeerConnection, config?: DataChannelInitConfig): Promise<void> {
  for (let i = 0; i < ALL_CHANNELS; i++) {
    await open(native, config)
  }
}

const kilobyte = frames(new Uint8Array(1_000))

export const MISDEEDS = {
  async 'opens every channel and uses none' (native, begun) {
    await openAll(native)
    begun()
  },
  async 'opens and closes channels in a loop' (native, begun) {
    for (let i = 0; ; i++) {
      (await open(native)).close()
      channels.length = 0

      if (i >= 200) {
        begun()
        await setTimeout(10)
      }
    }
  },
  async 'opens channels that are unordered and may lose messages, and floods one' (native, begun) {
    for (let i = 0; i < 100; i++) {
      await open(native, { unordered: true, maxRetransmits: 0 })
    }

    await flood(channels[0], kilobyte, begun)
  },
  'sends to who does not read': flooding(IGNORE, kilobyte),
  'sends single bytes to who does not read': flooding(IGNORE, frames(new Uint8Array(1))),
  'sends behind its FIN': flooding(SINK, kilobyte, encodeFlag(Flag.FIN)),
  'sends FIN_ACK early, and again': flooding(ECHO, encodeFlag(Flag.FIN_ACK)),
  'sends STOP_SENDING again and again': flooding(ECHO, encodeFlag(Flag.STOP_SENDING)),
  'answers nothing, and asks for protocols for ever': flooding('/not/served', frames(new Uint8Array([4, 0x6e, 0x6f, 0x6e, 0x0a]))),
  async 'sends frames of 256 KiB on 500 channels that never end' (native, begun) {
    await openAll(native)

    for (let length = 0; length < 250; length += 10) {
      for (const channel of channels.slice(0, 500)) {
        if (channel.isOpen()) {
          channel.sendMessageBinary(length === 0 ? Uint8Array.of(0x80, 0x80, 0x10) : new Uint8Array(10 * 1024))
        }
      }

      while (channels.some(channel => channel.isOpen() && channel.bufferedAmount() > 0)) {
        await turn()
      }
    }

    begun()
  },
  async 'sends messages before Noise is done' (native, begun) {
    for (let i = 0; i < 64; i++) {
      await open(native)
    }

    for (let i = 0; i < 40; i++) {
      channels.filter(channel => channel.isOpen()).forEach(channel => { channel.sendMessageBinary(new Uint8Array(8 * 1024)) })
      await turn()
    }

    begun()
  }
} satisfies Record<string, Misdeed>

export type MisdeedName = keyof typeof MISDEEDS

async function nativeOf (address: string, name: MisdeedName): Promise<PeerConnection> {
  if (name === 'sends messages before Noise is done') {
    await loadStack()
    const peer = dialPeer(parseDialTarget(multiaddr(address)), generateCredentials(1), { log: defaultLogger().forComponent('hostile'), maxBufferedAmount: MAX_BUFFERED, mtu: 1_280 })
    await peer.connected(AbortSignal.timeout(10_000))
    const { native, handshakeChannel } = peer as any
    channels.push(handshakeChannel.native)

    return native
  }

  const node = await startNode()
  const connection: any = await node.dial(multiaddr(address))

  return connection.maConn.peer.native
}

/**
 * Starts one, and resolves when it is at it
 */
export async function startHostile (address: string, name: MisdeedName): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), [address, name])
  const exited = once(child, 'exit').then(([code]) => { throw new Error(`It ended with code ${code}`) })
  exited.catch(() => {})
  await Promise.race([once(child, 'message'), exited])

  return child
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.argv[3] as MisdeedName

  process.on('disconnect', () => { process.exit() })
  await MISDEEDS[name](await nativeOf(process.argv[2], name), () => { process.send?.('begun') })
    .catch(() => { process.send?.('begun') })
}
