/**
 * The state of the connection, and its figures.
 */
import { formatBytes, formatTime } from '../../src/cli/format.ts'
import { announce, byId, write } from './elements.ts'
import { hideFailure, showFailure } from './failure-panel.ts'
import { describeFailure } from './failure.ts'
import { formatDuration } from './figures.ts'
import { getStats } from './transport.ts'
import type { Session, SessionState } from './session.ts'

/**
 * How often figures are read, in ms
 */
const REFRESH = 250

export class ConnectionCard {
  private readonly session: Session
  private readonly card = byId('connection', HTMLElement)
  private readonly state = byId('state', HTMLElement)
  private readonly figures = byId('figures', HTMLElement)
  private readonly failure = byId('connection-failure', HTMLElement)
  private readonly connectTime = byId('connect-time', HTMLElement)
  private readonly version = byId('version', HTMLElement)
  private readonly sent = byId('sent', HTMLElement)
  private readonly received = byId('received', HTMLElement)
  private readonly streams = byId('streams', HTMLElement)
  private readonly duration = byId('duration', HTMLElement)
  private readonly peerId = byId('peer-id', HTMLElement)

  constructor (session: Session) {
    this.session = session
  }

  start (): void {
    this.session.addEventListener('change', () => { this.changed() })
    setInterval(() => { this.refresh() }, REFRESH)
  }

  private changed (): void {
    const { state } = this.session
    this.card.dataset.state = state.is
    this.figures.hidden = state.is !== 'connected' && state.is !== 'ended'
    hideFailure(this.failure)

    if (state.is === 'connecting') {
      announce('Connecting')
    } else if (state.is === 'connected') {
      write(this.connectTime, formatTime(state.figures.connectTime))
      void getStats(state.connection).then(({ version }) => { write(this.version, `${version}`) })
      write(this.peerId, state.connection.remotePeer.toString())
      announce(`Connected in ${formatTime(state.figures.connectTime)}`)
    } else if (state.is === 'failed') {
      showFailure(this.failure, describeFailure(state.error, 'connect'))
    } else if (state.is === 'ended') {
      if (state.error != null) {
        showFailure(this.failure, describeFailure(state.error, 'stay-connected'))
      }

      announce(stateInWords(state))
    }

    this.refresh()
  }

  private refresh (): void {
    const { state } = this.session
    write(this.state, stateInWords(state))

    if (state.is === 'connected' || state.is === 'ended') {
      write(this.sent, formatBytes(state.figures.bytesSent))
      write(this.received, formatBytes(state.figures.bytesReceived))
    }

    // of one that has ended they stay what they were
    if (state.is === 'connected') {
      write(this.streams, `${state.connection.streams.length} open, ${state.figures.streams} in all`)
      write(this.duration, formatDuration(performance.now() - state.since))
    }
  }
}

function stateInWords (state: SessionState): string {
  switch (state.is) {
    case 'connecting':
      return 'Connecting…'
    case 'connected':
      return 'Connected'
    case 'ended':
      return { us: 'Disconnected', peer: 'The peer closed the connection', failure: 'The connection ended' }[state.by]
    default:
      return 'Not connected'
  }
}
