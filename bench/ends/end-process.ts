/**
 * A process of its own with one end of an implementation.
 */
import { serve as serveRequests } from '../../chaos/ipc.ts'
import { EventLoopDelay } from '../../flood/processes/event-loop-delay.ts'
import { collectGarbage } from '../../flood/processes/garbage.ts'
import { gather, holdStreams } from './crowd.ts'
import { answers, exchange, transfer, transferWithPings } from './exercises.ts'
import { loadEnd } from './implementations.ts'
import { beginProfile, endProfile } from './profiler.ts'
import { serve } from './responders.ts'
import type { BenchConnection, End, Protocol } from './end.ts'
import type { Way } from './exercises.ts'
import type { Implementation } from './implementations.ts'

export type EndRequest =
  { do: 'load', implementation: Implementation, mtu?: number } |

  /**
   * Answers with the address
   */
  { do: 'listen' } |

  /**
   * Answers with how long it took, in ms. What is asked next is done on this
   * connection.
   */
  { do: 'dial', address: string } |

  /**
   * Waits until nothing of setting up goes on
   */
  { do: 'settle' } |
  { do: 'close' } |
  { do: 'exchange', protocol: Protocol, bytes: number, count: number, parallel: number } |
  { do: 'answers', count: number } |
  { do: 'transfer', way: Way, bytes: number, streams: number } |
  { do: 'transfer with pings', way: Way, bytes: number, streams: number } |
  { do: 'crowd', address: string, count: number, nodes: number } |

  /**
   * On each connection of the crowd
   */
  { do: 'hold', count: number } |
  { do: 'collect garbage' } |
  { do: 'begin profile' } |
  { do: 'end profile' } |
  { do: 'watch event loop' } |
  { do: 'event loop p99' }

const delay = new EventLoopDelay()
let end: End
let connection: BenchConnection | undefined

async function dial (address: string): Promise<number> {
  const start = performance.now()
  connection = await end.dial(address)

  return performance.now() - start
}

function connected (): BenchConnection {
  if (connection == null) {
    throw new Error('There is no connection')
  }

  return connection
}

serveRequests<EndRequest>(async request => {
  switch (request.do) {
    case 'load':
      end = await loadEnd(request.implementation, request.mtu)
      return
    case 'listen':
      return end.listen(serve)
    case 'dial':
      return dial(request.address)
    case 'settle':
      return end.settled(connected())
    case 'close':
      return connection?.close()
    case 'exchange':
      return exchange(connected(), request)
    case 'answers':
      return answers(connected(), request.count)
    case 'transfer':
      return transfer(connected(), request)
    case 'transfer with pings':
      return transferWithPings(connected(), request)
    case 'crowd':
      return gather(end, request)
    case 'hold':
      return holdStreams(request.count)
    case 'collect garbage':
      return collectGarbage()
    case 'begin profile':
      return beginProfile()
    case 'end profile':
      return endProfile()
    case 'watch event loop':
      return delay.start()
    case 'event loop p99':
      return delay.p99
    default:
      request satisfies never
  }
})
