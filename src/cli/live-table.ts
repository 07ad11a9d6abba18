/**
 * What a listener is doing, as lines for a terminal: as many and as long as fit.
 */
import { formatBytes, formatDuration, formatRate, formatTime } from './format.ts'
import type { Paint } from './color.ts'
import type { ConnectionStatus, ListenStatus } from './listen-status.ts'
import type { Size } from './screen.ts'

export interface LiveTable {
  status: ListenStatus

  /**
   * The addresses at which it listens
   */
  addresses: string[]

  /**
   * What it serves, for people
   */
  serving: string

  /**
   * What happened, the latest last
   */
  events: string[]
}

interface Column {
  title: string
  align: 'left' | 'right'

  /**
   * The widest text it has to hold
   */
  width: number
  of (connection: ConnectionStatus): string
}

// from left to right
const COLUMNS: Record<string, Column> = {
  peer: { title: 'PEER', align: 'left', width: 10, of: ({ peerId }) => shortPeerId(peerId) },
  address: { title: 'ADDRESS', align: 'left', width: 21, of: ({ address }) => address },
  roundTrip: { title: 'RTT', align: 'right', width: 7, of: ({ roundTripTime }) => roundTripTime == null ? '-' : formatTime(roundTripTime) },
  streams: { title: 'STREAMS', align: 'right', width: 7, of: ({ streams }) => `${streams}` },
  receiveRate: { title: 'IN', align: 'right', width: 10, of: ({ receiveRate }) => formatRate(receiveRate, 1_000) },
  sendRate: { title: 'OUT', align: 'right', width: 10, of: ({ sendRate }) => formatRate(sendRate, 1_000) },
  age: { title: 'OPEN', align: 'right', width: 7, of: ({ age }) => formatDuration(age) },
  received: { title: 'RECEIVED', align: 'right', width: 8, of: ({ bytesReceived }) => formatBytes(bytesReceived) },
  sent: { title: 'SENT', align: 'right', width: 8, of: ({ bytesSent }) => formatBytes(bytesSent) }
}

/**
 * What is left out first on a narrow terminal comes last
 */
const BY_IMPORTANCE = ['peer', 'roundTrip', 'receiveRate', 'sendRate', 'streams', 'address', 'age', 'received', 'sent']

const GAP = 1

/**
 * How many of the last events are shown, where there is room
 */
const EVENTS = 5

/**
 * The share of the rows that addresses may have
 */
const ADDRESS_SHARE = 0.4

export function renderLiveTable ({ status, addresses, serving, events }: LiveTable, { columns, rows }: Size, paint: Paint): string[] {
  const head = [
    ...wrapSome(addresses, columns, Math.floor(rows * ADDRESS_SHARE)),
    '',
    ...wrap(summary(status), columns).map(line => paint('bold', line)),
    ''
  ]
  const foot = wrap(`${serving}, ${formatDuration(status.uptime)}, Ctrl-C ends`, columns).map(line => paint('dim', line))
  const latest = events.slice(-EVENTS).map(text => cut(text, columns))
  const room = rows - head.length - foot.length - 1
  const table = renderConnections(status.connections, columns, room - Math.min(latest.length, Math.max(0, room - status.connections.length - 2)), paint)
  const left = room - table.length
  const shown = left > 1 ? ['', ...latest.slice(-(left - 1))] : []

  return [...head, ...table, ...(latest.length > 0 ? shown : []), '', ...foot].slice(0, rows)
}

function summary ({ peers, connections, refused }: ListenStatus): string {
  const sum = (of: (connection: ConnectionStatus) => number): number => connections.reduce((sum, connection) => sum + of(connection), 0)
  const reasons = Object.entries(refused)
  const total = reasons.reduce((sum, [, count]) => sum + count, 0)

  return [
    counted(connections.length, 'connection'),
    counted(peers, 'peer'),
    counted(sum(({ streams }) => streams), 'stream'),
    `in ${formatRate(sum(({ receiveRate }) => receiveRate), 1_000)}`,
    `out ${formatRate(sum(({ sendRate }) => sendRate), 1_000)}`,
    counted(total, 'request') + ' refused' + (total === 0 ? '' : ` (${reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')})`)
  ].join(', ')
}

function renderConnections (connections: ConnectionStatus[], columns: number, room: number, paint: Paint): string[] {
  if (connections.length === 0) {
    return wrap('Nobody is connected.', columns).slice(0, Math.max(0, room))
  }

  const chosen = chooseColumns(columns)
  const fits = connections.length + 1 <= room
  const rows = connections.slice(0, Math.max(0, fits ? connections.length : room - 2))
  const line = (texts: string[]): string => cut(texts.map((text, i) => align(text, chosen[i])).join(' '.repeat(GAP)).trimEnd(), columns)
  const lines = [
    paint('bold', line(chosen.map(({ title }) => title))),
    ...rows.map(connection => line(chosen.map(column => column.of(connection))))
  ]

  if (!fits) {
    lines.push(cut(`… and ${connections.length - rows.length} more`, columns))
  }

  return lines.slice(0, Math.max(0, room))
}

/**
 * As many as fit, those that matter most
 */
function chooseColumns (columns: number): Column[] {
  const chosen = new Set<string>()
  let width = -GAP

  for (const name of BY_IMPORTANCE) {
    width += GAP + COLUMNS[name].width

    if (width > columns && chosen.size > 0) {
      break
    }

    chosen.add(name)
  }

  return Object.entries(COLUMNS).filter(([name]) => chosen.has(name)).map(([, column]) => column)
}

function align (text: string, { align, width }: Column): string {
  return align === 'left' ? cut(text, width).padEnd(width) : text.padStart(width)
}

/**
 * The end of a peer id tells it from others: they begin with the type of the key
 */
export function shortPeerId (peerId: string): string {
  return peerId.length <= 10 ? peerId : `${peerId.slice(0, 3)}…${peerId.slice(-6)}`
}

function cut (text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`
}

/**
 * Whole addresses, so that they can be copied; at least one, even if it takes more
 */
function wrapSome (addresses: string[], columns: number, rows: number): string[] {
  const lines: string[] = []

  for (const [i, address] of addresses.entries()) {
    const parts = address.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []

    if (i > 0 && lines.length + parts.length > rows) {
      return [...lines, cut(`… and ${counted(addresses.length - i, 'address', 'addresses')} more, as printed before`, columns)]
    }

    lines.push(...parts)
  }

  return lines
}

/**
 * At spaces
 */
function wrap (text: string, columns: number): string[] {
  const lines = ['']

  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    const longer = line === '' ? word : `${line} ${word}`

    if (longer.length <= columns) {
      lines[lines.length - 1] = longer
    } else {
      lines.push(cut(word, columns))
    }
  }

  return lines.filter((line, i) => i > 0 || line !== '')
}

function counted (count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
