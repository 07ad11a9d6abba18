/**
 * `webrtc-direct listen`
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { paintFor } from './color.ts'
import { formatDuration } from './format.ts'
import { readOrCreateKey } from './key-file.ts'
import { StatusWatch } from './listen-status.ts'
import { renderLiveTable, shortPeerId } from './live-table.ts'
import { describeListenFailure, startListener } from './node.ts'
import { RequestCounts } from './request-counts.ts'
import { Screen } from './screen.ts'
import type { ListenStatus } from './listen-status.ts'
import type { ListenerOptions } from './node.ts'
import type { Output, OutputObject } from './output.ts'
import type { Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * How often the table is drawn unless something else is asked for, in ms
 */
const REDRAW = 1_000

/**
 * How many events are kept for the table: it shows the last of them
 */
const EVENTS = 20

export interface ListenCommandOptions extends Pick<ListenerOptions, 'perf'> {
  /**
   * Where the identity of the peer is kept
   */
  keyFile?: string

  /**
   * Whether others may be able to read that file
   */
  allowReadableKey?: boolean

  /**
   * The terminal for a table of the connections; without one there are lines
   */
  terminal?: typeof process.stdout

  /**
   * How often to draw the table, or to tell machines what is going on, in ms.
   * Without it machines are not told.
   */
  interval?: number
}

/**
 * Serves until the signal aborts
 *
 * @throws {UsageError} if the file with the key can't be used
 * @throws {Error} if none of the addresses can be listened on
 */
export async function listen (addresses: Multiaddr[], { keyFile, allowReadableKey, terminal, interval, ...options }: ListenCommandOptions, output: Output, signal: AbortSignal): Promise<void> {
  const identity = keyFile == null ? undefined : await readOrCreateKey(keyFile, { allowReadable: allowReadableKey, warn: output.warn })

  if (identity?.isNew === true) {
    output.note(`Made the key of this peer in ${keyFile}`)
  }

  const requests = new RequestCounts()
  const node = await startListener(addresses, {
    ...options,
    requests,
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
    const listening = node.getMultiaddrs().map(address => address.toString())
    const serving = `Serving ping, echo, ${options.perf === true ? 'perf ' : ''}and identify`

    output.result(listening.join('\n'), {
      event: 'listening',
      peerId: node.peerId.toString(),
      addresses: listening
    })

    const watch = new StatusWatch(node, requests)

    if (terminal != null) {
      await showTable(node, watch, { addresses: listening, serving }, terminal, interval ?? REDRAW, output, signal)
      return
    }

    announceConnections(node, output.event)
    output.note(`${serving}, Ctrl-C ends`)

    if (interval == null) {
      if (!signal.aborted) {
        await once(signal, 'abort')
      }

      return
    }

    await again(interval, signal, async () => { output.machines({ event: 'status', ...await watch.look() }) })
  } finally {
    await node.stop()
  }
}

/**
 * Does something again and again, until the signal aborts
 *
 * @param interval - in ms
 */
async function again (interval: number, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    // aborting ends the loop
    await delay(interval, undefined, { signal }).catch(() => {})

    if (!signal.aborted) {
      await task()
    }
  }
}

function announceConnections (node: Libp2p, tell: (text: string, object: OutputObject) => void, name = (peerId: string) => peerId): void {
  node.addEventListener('connection:open', ({ detail: { remotePeer, remoteAddr } }) => {
    tell(`${name(remotePeer.toString())} connected from ${remoteAddr}`, {
      event: 'connected',
      peerId: remotePeer.toString(),
      address: remoteAddr.toString()
    })
  })
  node.addEventListener('connection:close', ({ detail: { remotePeer, remoteAddr } }) => {
    tell(`${name(remotePeer.toString())} left`, {
      event: 'disconnected',
      peerId: remotePeer.toString(),
      address: remoteAddr.toString()
    })
  })
}

async function showTable (node: Libp2p, watch: StatusWatch, { addresses, serving }: { addresses: string[], serving: string }, terminal: typeof process.stdout, interval: number, output: Output, signal: AbortSignal): Promise<void> {
  const events: string[] = []
  const paint = paintFor(terminal)
  let accepted = 0
  let status: ListenStatus = await watch.look()

  node.addEventListener('connection:open', () => { accepted++ })
  announceConnections(node, (text, object) => {
    events.push(text)
    events.splice(0, events.length - EVENTS)

    // a log is complete also where somebody looks on
    if (!process.stderr.isTTY) {
      output.event(text, object)
    }
  }, shortPeerId)

  const screen = new Screen(terminal, size => renderLiveTable({ status, addresses, serving, events }, size, paint))

  screen.enter()

  try {
    await again(interval, signal, async () => {
      status = await watch.look()
      screen.draw()
    })
  } finally {
    screen.leave()
  }

  output.note(`Listened for ${formatDuration(status.uptime)}: ${accepted} ${accepted === 1 ? 'connection' : 'connections'}`)
}
