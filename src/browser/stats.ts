/**
 * What the browser tells of a connection when it is asked. It answers later, so
 * what is returned is what it said the last time; nothing is asked while nobody
 * wants to know.
 */
import type { Clock } from '../clock.ts'
import type { Path, SocketAddress } from '../ports.ts'

/**
 * How old an answer may be, in ms. Chromium measures the round trip time with
 * connectivity checks, every 480 ms at first and every 2.5 s later.
 */
const MAX_AGE = 200

/**
 * What is read of a report. Firefox marks the pair that is used, others name it.
 */
interface PairStats extends RTCIceCandidatePairStats {
  selected?: boolean
}

export class Stats {
  private readonly clock: Clock
  private pc?: RTCPeerConnection
  private isAsked = false
  private askedAt = -Infinity
  private roundTripTime?: number
  private received?: number

  constructor (pc: RTCPeerConnection, clock: Clock) {
    this.pc = pc
    this.clock = clock
  }

  /**
   * In ms, of the connectivity checks of ICE
   */
  rtt (): number | undefined {
    this.refresh()

    return this.roundTripTime
  }

  /**
   * How many bytes of DTLS have arrived, acknowledgements among them
   */
  bytesReceived (): number | undefined {
    this.refresh()

    return this.received
  }

  /**
   * The path that is used now. Browsers keep the local address of a page that has no
   * permission to use a camera or a microphone for themselves.
   */
  async path (): Promise<Path> {
    try {
      const report = await this.pc?.getStats()

      if (report != null) {
        this.read(report)
        const pair = selectedPair(report)

        return {
          rtt: this.roundTripTime,
          local: candidate(report, pair?.localCandidateId),
          remote: candidate(report, pair?.remoteCandidateId)
        }
      }
    } catch {
      // it is closed
    }

    return {}
  }

  /**
   * Nothing is asked any more
   */
  stop (): void {
    this.pc = undefined
  }

  refresh (): void {
    const now = this.clock.now()

    if (this.pc == null || this.isAsked || now - this.askedAt < MAX_AGE) {
      return
    }

    this.isAsked = true
    this.askedAt = now

    void this.pc.getStats()
      .then(report => { this.read(report) })
      .catch(() => {})
      .finally(() => { this.isAsked = false })
  }

  private read (report: RTCStatsReport): void {
    const pair = selectedPair(report)

    if (pair?.currentRoundTripTime != null) {
      this.roundTripTime = pair.currentRoundTripTime * 1_000
    }

    this.received = pair?.bytesReceived ?? this.received
  }
}

function selectedPair (report: RTCStatsReport): PairStats | undefined {
  const pairs: PairStats[] = []
  let selected: string | undefined

  report.forEach((stats: RTCStats) => {
    if (stats.type === 'candidate-pair') {
      pairs.push(stats as PairStats)
    } else if (stats.type === 'transport') {
      selected = (stats as RTCTransportStats).selectedCandidatePairId
    }
  })

  return pairs.find(pair => selected == null ? pair.selected === true : pair.id === selected)
}

function candidate (report: RTCStatsReport, id?: string): SocketAddress | undefined {
  const { address, port }: { address?: string | null, port?: number } = report.get(id ?? '') ?? {}

  return address == null || address === '' || port == null ? undefined : { host: address, port }
}
