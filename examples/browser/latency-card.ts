/**
 * Pings while there is a connection, and shows how long they took.
 */
import { PING_LENGTH } from '../../src/cli/ping-stream.ts'
import { announce, byId, write } from './elements.ts'
import { hideFailure, showFailure } from './failure-panel.ts'
import { describeFailure } from './failure.ts'
import { formatMilliseconds, NONE } from './figures.ts'
import { LatencyChart } from './latency-chart.ts'
import { PingWindow } from './ping-window.ts'
import { keepPinging } from './pinger.ts'
import type { Ping } from './ping-window.ts'
import type { Session } from './session.ts'

export class LatencyCard {
  private readonly session: Session
  private readonly button = byId('ping', HTMLButtonElement)
  private readonly figures = byId('latency', HTMLElement)
  private readonly rtt = byId('rtt', HTMLElement)
  private readonly min = byId('rtt-min', HTMLElement)
  private readonly avg = byId('rtt-avg', HTMLElement)
  private readonly max = byId('rtt-max', HTMLElement)
  private readonly lost = byId('rtt-lost', HTMLElement)
  private readonly failure = byId('ping-failure', HTMLElement)
  private readonly chart = new LatencyChart(byId('chart', HTMLElement))
  private readonly pings = new PingWindow()
  private running?: AbortController

  constructor (session: Session) {
    this.session = session
  }

  start (): void {
    this.button.addEventListener('click', () => {
      if (this.running == null) {
        this.keepPinging()
        announce('Pinging')
      } else {
        this.stop()
        announce('Pings are paused')
      }
    })
    this.session.addEventListener('change', () => { this.changed() })
    this.render()
  }

  private changed (): void {
    this.stop()

    if (this.session.state.is === 'connected') {
      this.pings.clear()
      this.keepPinging()
    }

    this.render()
  }

  private keepPinging (): void {
    const { session } = this
    const running = new AbortController()
    this.running = running
    hideFailure(this.failure)

    keepPinging({
      open: async (protocol, signal) => session.openStream(protocol, signal),
      onPing: (ping) => {
        if (!running.signal.aborted) {
          this.took(ping)
        }
      }
    }, running.signal).catch(err => {
      if (!running.signal.aborted) {
        this.stop()
        showFailure(this.failure, describeFailure(err, 'ping'))
      }
    })

    this.render()
  }

  private stop (): void {
    this.running?.abort()
    this.running = undefined
    this.render()
  }

  private took (ping: Ping): void {
    this.pings.add(ping)
    this.session.count(PING_LENGTH, ping.rtt == null ? 0 : PING_LENGTH)
    this.render()
  }

  private render (): void {
    const { transmitted, received, rtt } = this.pings.statistics()

    this.button.disabled = this.session.state.is !== 'connected'
    write(this.button, this.running == null ? 'Start pinging' : 'Pause')
    this.figures.classList.toggle('empty', transmitted === 0)

    write(this.rtt, formatMilliseconds(this.pings.last()?.rtt))
    write(this.min, formatMilliseconds(rtt?.min))
    write(this.avg, formatMilliseconds(rtt?.avg))
    write(this.max, formatMilliseconds(rtt?.max))
    write(this.lost, transmitted === 0 ? NONE : `${transmitted - received} of ${transmitted}`)
    this.chart.show(this.pings.all())
  }
}
