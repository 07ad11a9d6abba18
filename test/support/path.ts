/**
 * A path that can be cut: a UDP relay in this process, for one dialer, whose attempts
 * have sockets of their own. The dialer dials the port of the path instead of the
 * listener's.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerCheck } from './stun.ts'
import type { RemoteInfo, Socket } from 'node:dgram'

export type End = 'dialer' | 'listener'

export interface Path {
  readonly port: number

  /**
   * Nothing arrives any more
   */
  cut (): void

  /**
   * Resolves when there was no DTLS for so long, in ms: what acknowledges the last
   * message, which SCTP holds back for 200 ms, has passed
   */
  rests (time: number): Promise<void>

  /**
   * Answers the connectivity checks of both ends from now on, whether the other one
   * lives or not, and lets only such other datagrams through
   */
  keepIce (lets: (datagram: Buffer, from: End) => boolean): void
  close (): void
}

/**
 * Whether it is a record of DTLS (RFC 7983)
 */
export function isDtls (datagram: Buffer): boolean {
  return datagram[0] >= 20 && datagram[0] <= 63
}

/**
 * @param target - the port of the listener
 * @param lets - which datagrams get through; attempts of the dialer count from 0
 */
export async function openPath (target: number, lets = (datagram: Buffer, from: End, attempt: number): boolean => true): Promise<Path> {
  const front = createSocket('udp4')
  const backs = new Map<number, Socket>()
  let keepsIce = false
  let usedAt = performance.now()

  function answers (datagram: Buffer, port: number): Buffer | undefined {
    return keepsIce ? answerCheck(datagram, { address: '127.0.0.1', port }) : undefined
  }

  function note (datagram: Buffer): void {
    if (isDtls(datagram)) {
      usedAt = performance.now()
    }
  }

  function openBack (dialer: RemoteInfo): Socket {
    const attempt = backs.size
    const back = createSocket('udp4')
    backs.set(dialer.port, back)

    back.on('message', datagram => {
      note(datagram)
      const answer = answers(datagram, target)

      if (answer != null) {
        back.send(answer, target, '127.0.0.1')
      } else if (lets(datagram, 'listener', attempt)) {
        front.send(datagram, dialer.port, dialer.address)
      }
    })

    return back
  }

  front.on('message', (datagram, dialer) => {
    note(datagram)
    const back = backs.get(dialer.port) ?? openBack(dialer)
    const answer = answers(datagram, dialer.port)

    if (answer != null) {
      front.send(answer, dialer.port, dialer.address)
    } else if (lets(datagram, 'dialer', [...backs.keys()].indexOf(dialer.port))) {
      back.send(datagram, target, '127.0.0.1')
    }
  })

  front.bind(0, '127.0.0.1')
  await once(front, 'listening')

  return {
    port: front.address().port,
    cut () { lets = () => false },
    async rests (time) {
      for (let left = time; left > 0; left = usedAt + time - performance.now()) {
        await sleep(left)
      }
    },
    keepIce (others) {
      keepsIce = true
      lets = others
    },
    close () {
      front.close()
      backs.forEach(back => { back.close() })
    }
  }
}
