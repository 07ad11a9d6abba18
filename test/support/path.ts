/**
 * A path that can be cut: a UDP relay in this process, for one dialer. The dialer
 * dials the port of the path instead of the listener's.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { RemoteInfo } from 'node:dgram'

export interface Path {
  readonly port: number

  /**
   * Nothing arrives any more
   */
  cut (): void
  close (): void
}

/**
 * @param target - the port of the listener
 * @param lets - which datagrams to the listener get through
 */
export async function openPath (target: number, lets = (datagram: Buffer): boolean => true): Promise<Path> {
  const front = createSocket('udp4')
  const back = createSocket('udp4')
  let dialer: RemoteInfo | undefined
  let isCut = false

  front.on('message', (datagram, from) => {
    if (!isCut && lets(datagram)) {
      // of two attempts the one that gets through is answered
      dialer = from
      back.send(datagram, target, '127.0.0.1')
    }
  })
  back.on('message', datagram => {
    if (!isCut) {
      front.send(datagram, dialer?.port, dialer?.address)
    }
  })

  front.bind(0, '127.0.0.1')
  await once(front, 'listening')

  return {
    port: front.address().port,
    cut () { isCut = true },
    close () {
      front.close()
      back.close()
    }
  }
}
