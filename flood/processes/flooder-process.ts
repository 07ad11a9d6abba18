/**
 * The process of `flooder.ts`. Its sockets receive what the listener answers, so a
 * request costs the listener as much as one whose source is a lie.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '../../chaos/ipc.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'
import { answerCheck, bindingRequest } from '../../test/support/stun.ts'
import { sourceAddress } from '../sources.ts'
import type { Credentials, FloodInit, FlooderRequest, FloodReport } from './flooder.ts'
import type { Version } from '../../src/wire/credentials.ts'
import type { Socket } from 'node:dgram'

/**
 * How many are sent at once at most, where some are late: the socket of the
 * listener holds about 270
 */
const MAX_BATCH = 100

/**
 * How long to rest between batches, in ms
 */
const REST = 2

/**
 * How long the last check may be under way, in ms
 */
const LAST_CHECK = 1_000

const sockets: Socket[] = []
let requests: Buffer[] = []
let flood: FloodInit
let received = 0

async function openSocket (host: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.bind(0, host)
  await once(socket, 'listening')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')

  return socket
}

/**
 * As a dialer writes it
 */
function madeUpRequest (version: Version): Buffer {
  const { client, server } = generateCredentials(version)

  return bindingRequest(`${server.ufrag}:${client.ufrag}`, server.pwd)
}

function onDatagram (socket: Socket, datagram: Buffer, { answers = false }: FloodInit): void {
  received++

  const answer = answers ? answerCheck(datagram, socket.remoteAddress()) : undefined

  if (answer != null) {
    socket.send(answer)
  }
}

async function prepare (port: number, init: FloodInit): Promise<void> {
  flood = init
  const { rate, duration, sources, version, again = [] } = init
  const hosts = sources === 'dialers' ? [sourceAddress('dialers', 0)] : Array.from({ length: sources }, (_, i) => sourceAddress('liars', i))

  for (const host of hosts) {
    const socket = await openSocket(host, port)
    sockets.push(socket)
    socket.on('message', datagram => { onDatagram(socket, datagram, init) })
  }

  requests = Array.from({ length: Math.ceil(rate * duration / 1_000 / (again.length + 1)) }, () => madeUpRequest(version))
}

async function run (): Promise<FloodReport> {
  const { rate, again = [] } = flood
  const perMs = rate / (again.length + 1) / 1_000
  const turns = [0, ...again].map(delay => ({ delay, next: 0 }))
  const start = performance.now()

  const all = requests
  let left = all.length * turns.length

  while (left > 0) {
    const elapsed = performance.now() - start
    let batch = 0

    for (const turn of turns) {
      const due = Math.min(all.length, (elapsed - turn.delay) * perMs)

      for (; turn.next < due && batch < MAX_BATCH; turn.next++, batch++) {
        sockets[turn.next % sockets.length].send(all[turn.next])
      }
    }

    left -= batch
    await sleep(REST)
  }

  const sent = all.length * turns.length
  const end = performance.now()

  // who answers the check has to get it
  const isExpecting = (): boolean => flood.answers === true && received < sent && performance.now() - end < LAST_CHECK

  while (isExpecting()) {
    await sleep(REST)
  }

  return { sent, rate: sent * 1_000 / (end - start - Math.max(0, ...again) / 2), received }
}

/**
 * One after another: there are more than a process may have files open
 */
async function scatter (port: number, sources: number, { username, pwd }: Credentials): Promise<FloodReport> {
  const start = performance.now()

  for (let i = 0; i < sources; i++) {
    const socket = await openSocket(sourceAddress('liars', i), port)
    await new Promise(resolve => { socket.send(bindingRequest(username, pwd), resolve) })
    socket.close()
  }

  return { sent: sources, rate: sources * 1_000 / (performance.now() - start), received }
}

serve<FlooderRequest>(async request => {
  switch (request.do) {
    case 'prepare':
      return prepare(request.port, request.init)
    case 'run':
      return run()
    case 'scatter':
      return scatter(request.port, request.sources, request.credentials)
    default:
      request satisfies never
  }
})
