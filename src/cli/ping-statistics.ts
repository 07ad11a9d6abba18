/**
 * What a row of pings says about the path, in the words of ping(8).
 */

export interface PingStatistics {
  transmitted: number
  received: number

  /**
   * In percent
   */
  loss: number

  /**
   * How long it all took, in ms
   */
  elapsed: number

  /**
   * Round trip times in ms; there are none without an answer
   */
  rtt?: {
    min: number
    avg: number
    max: number
    mdev: number
  }
}

/**
 * @param rtts - one time in ms for each answer
 */
export function pingStatistics (rtts: number[], transmitted: number, elapsed: number): PingStatistics {
  const received = rtts.length
  const loss = transmitted === 0 ? 0 : 100 * (transmitted - received) / transmitted
  const statistics = { transmitted, received, loss, elapsed }

  if (received === 0) {
    return statistics
  }

  const avg = mean(rtts)

  return {
    ...statistics,
    rtt: {
      min: Math.min(...rtts),
      avg,
      max: Math.max(...rtts),
      mdev: Math.sqrt(mean(rtts.map(rtt => (rtt - avg) ** 2)))
    }
  }
}

function mean (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function formatPingStatistics (peer: string, { transmitted, received, loss, elapsed, rtt }: PingStatistics): string {
  const lines = [
    `--- ${peer} ping statistics ---`,
    `${transmitted} packets transmitted, ${received} received, ${parseFloat(loss.toFixed(1))}% packet loss, time ${Math.round(elapsed)} ms`
  ]

  if (rtt != null) {
    const values = [rtt.min, rtt.avg, rtt.max, rtt.mdev].map(value => value.toFixed(3))

    lines.push(`rtt min/avg/max/mdev = ${values.join('/')} ms`)
  }

  return lines.join('\n')
}
