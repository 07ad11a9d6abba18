import { expect } from 'aegir/chai'
import { OPEN, transition, waitsFor } from '../../../src/streams/state/stream-state.ts'
import type { ReadState, StreamEffect, StreamEvent, StreamState, WriteState } from '../../../src/streams/state/stream-state.ts'

const EVENTS: StreamEvent[] = ['close-write', 'close-read', 'reset', 'fin', 'fin-ack', 'fin-ack-waived', 'stop-sending', 'reset-stream', 'timeout', 'channel-closed', 'connection-lost']

/**
 * Every state that is open, as `write/read`
 */
type OpenState = Exclude<`${WriteState}/${ReadState}`, 'closed/closed' | 'fin-withheld/ready'>
type Outcome = [next: OpenState | 'closing' | 'resetting' | 'closed', ...effects: StreamEffect[]]

/**
 * What is not listed for a state changes nothing and has no effect.
 * `fin-ack-waived` does what `fin-ack` does.
 */
const TABLE: Record<OpenState, Partial<Record<StreamEvent, Outcome>>> = {
  'ready/ready': {
    'close-write': ['fin-sent/ready', 'send-fin'],
    'close-read': ['ready/stopped', 'send-stop-sending'],
    reset: ['resetting', 'send-reset'],
    fin: ['ready/closed', 'send-fin-ack', 'read-ended'],
    'stop-sending': ['stopped/ready', 'write-stopped'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'ready/stopped': {
    'close-write': ['fin-sent/stopped', 'send-fin'],
    reset: ['resetting', 'send-reset'],
    fin: ['ready/closed', 'send-fin-ack', 'read-ended'],
    'stop-sending': ['stopped/stopped', 'write-stopped'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'ready/closed': {
    'close-write': ['fin-sent/closed', 'send-fin'],
    reset: ['resetting', 'send-reset'],
    'stop-sending': ['stopped/closed', 'write-stopped'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'stopped/ready': {
    'close-write': ['fin-sent-stopped/ready', 'send-fin', 'write-closed'],
    'close-read': ['stopped/stopped', 'send-stop-sending'],
    reset: ['resetting', 'send-reset'],
    fin: ['stopped/closed', 'send-fin-ack', 'read-ended'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  // go-libp2p has no more use for the stream, and closes the channel at once
  'stopped/stopped': {
    'close-write': ['fin-withheld/stopped', 'write-closed'],
    reset: ['resetting'],
    fin: ['stopped/closed', 'send-fin-ack', 'read-ended'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'write-closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'write-closed', 'ended', 'close-channel']
  },
  'stopped/closed': {
    'close-write': ['fin-withheld/closed', 'write-closed'],
    reset: ['resetting'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'write-closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'write-closed', 'ended', 'close-channel']
  },
  'fin-withheld/stopped': {
    reset: ['resetting'],
    fin: ['fin-withheld/closed', 'send-fin-ack', 'read-ended'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['fin-sent-stopped/stopped', 'send-fin'],
    'channel-closed': ['closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'ended', 'close-channel']
  },
  'fin-withheld/closed': {
    reset: ['resetting'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['fin-sent-stopped/closed', 'send-fin'],
    'channel-closed': ['closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'ended', 'close-channel']
  },
  'fin-sent/ready': {
    'close-read': ['fin-sent/stopped', 'send-stop-sending'],
    reset: ['resetting', 'send-reset'],
    fin: ['fin-sent/closed', 'send-fin-ack', 'read-ended'],
    'fin-ack': ['closed/ready', 'write-closed'],
    'stop-sending': ['fin-sent-stopped/ready', 'write-stopped', 'write-closed'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['resetting', 'send-reset', 'fin-ack-missing'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'fin-sent/stopped': {
    reset: ['resetting', 'send-reset'],
    fin: ['fin-sent/closed', 'send-fin-ack', 'read-ended'],
    'fin-ack': ['closed/stopped', 'write-closed', 'ended'],
    'stop-sending': ['fin-sent-stopped/stopped', 'write-stopped', 'write-closed'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['resetting', 'send-reset', 'fin-ack-missing'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'fin-sent/closed': {
    reset: ['resetting', 'send-reset'],
    'fin-ack': ['closing', 'write-closed', 'ended'],
    'stop-sending': ['fin-sent-stopped/closed', 'write-stopped', 'write-closed'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['resetting', 'send-reset', 'fin-ack-missing'],

    // rust-libp2p: no FIN_ACK, but it closes the channel when both have sent FIN
    'channel-closed': ['closed', 'write-closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'fin-sent-stopped/ready': {
    'close-read': ['fin-sent-stopped/stopped', 'send-stop-sending'],
    reset: ['resetting', 'send-reset'],
    fin: ['fin-sent-stopped/closed', 'send-fin-ack', 'read-ended'],
    'fin-ack': ['closed/ready'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['closed/ready'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'fin-sent-stopped/stopped': {
    reset: ['resetting'],
    fin: ['fin-sent-stopped/closed', 'send-fin-ack', 'read-ended'],
    'fin-ack': ['closed/stopped', 'ended'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['closed/stopped', 'ended'],
    'channel-closed': ['closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'ended', 'close-channel']
  },
  'fin-sent-stopped/closed': {
    reset: ['resetting'],
    'fin-ack': ['closing', 'ended'],
    'reset-stream': ['resetting', 'remote-reset'],
    timeout: ['closing', 'ended'],
    'channel-closed': ['closed', 'ended', 'close-channel'],
    'connection-lost': ['closed', 'ended', 'close-channel']
  },
  'closed/ready': {
    'close-read': ['closed/stopped', 'send-stop-sending', 'ended'],
    reset: ['resetting', 'send-reset'],
    fin: ['closing', 'send-fin-ack', 'read-ended', 'ended'],
    'reset-stream': ['resetting', 'remote-reset'],
    'channel-closed': ['closed', 'channel-lost', 'close-channel'],
    'connection-lost': ['closed', 'connection-lost', 'close-channel']
  },
  'closed/stopped': {
    reset: ['resetting', 'send-reset'],
    fin: ['closing', 'send-fin-ack'],
    'reset-stream': ['resetting'],
    timeout: ['resetting', 'send-reset'],
    'channel-closed': ['closed', 'close-channel'],
    'connection-lost': ['closed', 'close-channel']
  }
}

const OPEN_STATES = Object.keys(TABLE) as OpenState[]

function parse (name: string): StreamState {
  if (name === 'closing' || name === 'resetting' || name === 'closed') {
    return { phase: name }
  }

  const [write, read] = name.split('/')

  return { phase: 'open', write: write as WriteState, read: read as ReadState }
}

function nameOf (state: StreamState): string {
  return state.phase === 'open' ? `${state.write}/${state.read}` : state.phase
}

const ALL_STATES = [...OPEN_STATES, 'closing', 'resetting', 'closed']

describe('stream state', () => {
  it('covers every combination of the two halves', () => {
    // FIN is withheld only from a remote that sends nothing we want any more
    expect(OPEN_STATES).to.have.lengthOf(6 * 3 - 1 - 1)
    expect(nameOf(OPEN)).to.equal('ready/ready')
  })

  for (const from of OPEN_STATES) {
    for (const event of EVENTS) {
      const [to, ...effects] = TABLE[from][event === 'fin-ack-waived' ? 'fin-ack' : event] ?? [from]

      it(`${from}: ${event} -> ${to}${effects.length > 0 ? ` (${effects.join(', ')})` : ''}`, () => {
        const result = transition(parse(from), event)

        expect(result.state).to.deep.equal(parse(to))
        expect(result.effects).to.deep.equal(effects)
      })
    }
  }

  for (const from of ['closing', 'resetting']) {
    for (const event of EVENTS) {
      const ends = event === 'timeout' || event === 'channel-closed' || event === 'connection-lost'

      it(`${from}: ${event} -> ${ends ? 'closed (close-channel)' : from}`, () => {
        expect(transition(parse(from), event)).to.deep.equal({
          state: parse(ends ? 'closed' : from),
          effects: ends ? ['close-channel'] : []
        })
      })
    }
  }

  it('closed is final', () => {
    for (const event of EVENTS) {
      expect(transition(parse('closed'), event)).to.deep.equal({ state: parse('closed'), effects: [] })
    }
  })

  it('every state has an exit', () => {
    // a stream that waits for something is freed by time alone, any other by
    // what the application does, or by its inactivity, which is a reset
    for (const name of ALL_STATES) {
      let state = parse(name)

      for (let steps = 0; state.phase !== 'closed'; steps++) {
        expect(steps).to.be.lessThan(5)
        state = transition(state, waitsFor(state) == null ? 'reset' : 'timeout').state
      }
    }
  })

  it('waits with a deadline exactly where a timeout does something', () => {
    for (const name of ALL_STATES) {
      const { state, effects } = transition(parse(name), 'timeout')
      const changes = effects.length > 0 || nameOf(state) !== name

      expect(waitsFor(parse(name)) != null, name).to.equal(changes)
    }
  })

  it('sends one FIN, one FIN_ACK and closes the channel once on every path', () => {
    const seen = new Set<string>()
    const visit = (state: StreamState, counts: Record<string, number>): void => {
      const key = nameOf(state) + JSON.stringify(counts)

      if (seen.has(key)) {
        return
      }

      seen.add(key)

      for (const event of EVENTS) {
        const result = transition(state, event)
        const next = { ...counts }

        for (const effect of result.effects) {
          if (['send-fin', 'send-fin-ack', 'send-reset', 'send-stop-sending', 'close-channel', 'write-closed', 'read-ended', 'ended'].includes(effect)) {
            next[effect] = (next[effect] ?? 0) + 1
            expect(next[effect], `${effect} by ${event} in ${nameOf(state)}`).to.equal(1)
          }
        }

        if (result.state.phase === 'closed') {
          expect(next['close-channel']).to.equal(1)
        }

        visit(result.state, next)
      }
    }

    visit(OPEN, {})
  })

  it('sends nothing but FIN_ACK where the remote needs nothing more, but after a while', () => {
    for (const name of OPEN_STATES.filter(name => /^(stopped|fin-withheld|fin-sent-stopped)\/(stopped|closed)$/.test(name))) {
      for (const event of EVENTS.filter(event => event !== 'timeout')) {
        const { effects } = transition(parse(name), event)

        expect(effects.filter(effect => effect.startsWith('send-') && effect !== 'send-fin-ack'), `${event} in ${name}`).to.deep.equal([])
      }
    }
  })

  it('does not answer STOP_SENDING with RESET_STREAM', () => {
    for (const name of ALL_STATES) {
      expect(transition(parse(name), 'stop-sending').effects).to.not.include('send-reset')
    }
  })
})
