/**
 * What the listener does with the streams that it is sent, see `PROTOCOLS`.
 */
import { ANSWER_LENGTH } from './end.ts'
import { readNumber, writeNumber } from './number.ts'
import { Outlet, writeBytes } from './outlet.ts'
import type { BenchStream, Protocol, Reader } from './end.ts'

const RESPONDERS: Record<Protocol, (stream: BenchStream) => Reader> = {
  echo (stream) {
    const outlet = new Outlet(stream)

    return {
      onData (data) { outlet.write(data) },
      onEnd () { outlet.close() }
    }
  },

  answer (stream) {
    let received = 0

    return {
      onData (data) {
        received += data.byteLength

        if (received >= ANSWER_LENGTH) {
          stream.send(Buffer.alloc(ANSWER_LENGTH))
          stream.close()
        }
      },
      onEnd () {}
    }
  },

  sink (stream) {
    let received = 0

    return {
      onData (data) { received += data.byteLength },
      onEnd () {
        stream.send(writeNumber(received))
        stream.close()
      }
    }
  },

  source (stream) {
    const request: Uint8Array[] = []

    return {
      onData (data) { request.push(data) },
      onEnd () {
        writeBytes(stream, readNumber(request)).catch(err => { stream.abort(err) })
      }
    }
  },

  hold (stream) {
    return {
      onData (data) { stream.send(data) },
      onEnd () { stream.close() }
    }
  }
}

export function serve (protocol: Protocol, stream: BenchStream): Reader {
  return RESPONDERS[protocol](stream)
}
