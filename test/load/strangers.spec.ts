import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { threads } from '../support/peer-process.ts'
import { bindingRequest } from '../support/stun.ts'
import { twoProcesses } from '../support/two-processes.ts'
import type { Socket } from 'node:dgram'

const KiB = 1024
const MiB = 1024 * KiB

describe('strangers', () => {
  const start = twoProcesses()

  const SLOTS = 8
  const SETUP_TIMEOUT = 2_000

  // how long each of them is sure of what it got, in ms
  const MIN_AGE = 300

  const sources: Socket[] = []
  let port: number
  let answered: number
  let onAnswer: () => void

  beforeEach(() => {
    answered = 0
    onAnswer = () => {}
  })

  afterEach(() => {
    for (const socket of sources.splice(0)) {
      socket.close()
    }
  })

  /**
   * A source port that has sent nothing yet. Who gets anything back is being
   * set up: the listener checks the connection from its side.
   */
  function stranger (): Socket {
    const socket = createSocket('udp4')
    sources.push(socket)

    socket.once('message', () => {
      answered++
      onAnswer()
    })

    return socket
  }

  async function send (socket: Socket, datagram: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, '127.0.0.1', err => {
        if (err == null) {
          resolve()
        } else {
          reject(err)
        }
      })
    })
  }

  async function untilAnswered (count: number): Promise<void> {
    await new Promise<void>(resolve => {
      onAnswer = () => {
        if (answered >= count) {
          resolve()
        }
      }
      onAnswer()
    })
  }

  function request (serverUfrag: string, clientUfrag = serverUfrag): Buffer {
    return bindingRequest(`${serverUfrag}:${clientUfrag}`, serverUfrag)
  }

  function madeUpUfrag (): string {
    return `libp2p+webrtc+v1/${randomBytes(16).toString('hex')}`
  }

  it('get what was set aside for them, and dialers get through', async function () {
    this.timeout(60_000)

    const STRANGERS = 1_000

    const { node, peer } = await start({}, { maxPendingConnections: SLOTS, setupTimeout: SETUP_TIMEOUT })
    port = peer.port

    // who has a slot may be sure of it for longer than all of them need to ask
    async function floodUntilAnswered (count: number): Promise<void> {
      const crowd = Array.from({ length: STRANGERS }, stranger)
      let isDone = false

      do {
        for (const socket of crowd) {
          await send(socket, request(madeUpUfrag()))
        }

        isDone = await Promise.race([untilAnswered(count).then(() => true), delay(MIN_AGE, false)])
      } while (!isDone)
    }

    // the stack starts its threads with the first
    await send(stranger(), request(madeUpUfrag()))
    await untilAnswered(1)

    const before = await peer.memory()
    const threadsBefore = threads(peer.pid)
    const since = performance.now()

    await floodUntilAnswered(SLOTS)

    // there is no room when it starts, and one of them gives way
    const connection = await node.dial(peer.address)
    expect(threads(peer.pid)).to.equal(threadsBefore)

    // every slot becomes free again
    await floodUntilAnswered(answered + SLOTS)
    expect(threads(peer.pid)).to.equal(threadsBefore)
    expect((await peer.memory()).rss - before.rss).to.be.below(16 * MiB)

    await connection.close()
    await node.dial(peer.address)

    // nobody gives way before
    const turns = Math.floor((performance.now() - since) / MIN_AGE) + 1
    expect(answered).to.be.at.most(SLOTS * turns)
  })

  it('get nothing for credentials that are not to be used, nor for garbage', async () => {
    const { peer } = await start({}, { maxPendingConnections: 1 })
    port = peer.port

    const v1 = 'libp2p+webrtc+v1/'
    const secret = randomBytes(16).toString('hex')
    const good = request(`${v1}${secret}`)
    const garbage = fc.sample(fc.uint8Array({ maxLength: 1_500 }), { numRuns: 500, seed: 1 })

    const hostile: Uint8Array[] = [
      // the halves of the username
      request(''),
      request('abc'),
      request(v1),
      request(`${v1}abcd`),
      request(`${v1}${'a'.repeat(240)}`),
      request(`${v1}${'a'.repeat(300)}`),
      request(`${v1}${secret}`, `${v1}${secret}0`),
      request(`${v1}${secret}`, ''),
      bindingRequest(`${v1}${secret}`, secret),
      bindingRequest(`${v1}${secret}:`.repeat(3), secret),

      // the prefix
      request(secret),
      request(`libp2p+webrtc+v2/${secret.slice(0, 21)}`),
      request(`libp2p+webrtc+v2/${secret}`, 'abc'),
      request('abcd', `libp2p+webrtc+v2/${secret}`),
      request(`libp2p+webrtc+v9/${secret}`),
      request(`LIBP2P+WEBRTC+V1/${secret}`),
      request(`${'\0'.repeat(v1.length)}${secret}`),

      // the characters
      request('\0'.repeat(32)),
      request(`${v1}\0${secret}`),
      request(`${v1}${secret}\0`),
      request(`${v1}${secret}\r\na=x`),
      request(`${v1}${secret}-`),
      request(`${v1}${secret}ä`),
      request(`${v1}${secret} %n%s`),

      // the message
      ...Array.from(good.keys(), length => good.subarray(0, length)),
      ...garbage
    ]

    for (const datagram of hostile) {
      await send(stranger(), datagram)
    }

    // datagrams come in order: had one of those before been let in, there
    // would be no room for this
    await send(stranger(), good)
    await untilAnswered(1)
    expect(answered).to.equal(1)

    // nor do strangers write to our terminal
    expect(peer.output).to.equal('')
  })
})
