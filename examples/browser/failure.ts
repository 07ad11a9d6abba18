/**
 * What went wrong, in words: what it means, in which phase it happened, and what
 * to do.
 */
import type { SetupPhase } from '../../src/errors.ts'

export interface Failure {
  title: string
  explanation: string

  /**
   * What to do about it
   */
  advice?: string

  /**
   * How far setting up the connection came
   */
  phase?: SetupPhase

  /**
   * The errors underneath, for somebody who wants to know more
   */
  detail: string
}

/**
 * What the page was doing
 */
export type Task = 'connect' | 'stay-connected' | 'ping' | 'send-file'

/**
 * The phases in the order in which they happen, and what each is about
 */
export const PHASES: ReadonlyArray<{ phase: SetupPhase, name: string, question: string }> = [
  { phase: 'address', name: 'Address', question: 'is it one that can be dialed?' },
  { phase: 'ice', name: 'ICE', question: 'does anybody answer there?' },
  { phase: 'dtls', name: 'DTLS', question: 'is it the certificate of the address?' },
  { phase: 'sctp', name: 'SCTP', question: 'can channels be opened?' },
  { phase: 'noise', name: 'Noise', question: 'is it the right peer, and does it want us?' },
  { phase: 'upgrade', name: 'Upgrade', question: 'does libp2p take the connection?' }
]

type Words = Pick<Failure, 'title' | 'explanation' | 'advice'>

const COPY_AGAIN = 'Copy the address from the listener again: another key or a new certificate is a new address.'

/**
 * What an error with this name means, whatever the page was doing. Where there is no
 * explanation, the message of the error is one.
 */
const NAMED: Record<string, Partial<Words> & Pick<Words, 'title'>> = {
  AddressRefusedError: {
    title: 'The browser refuses that address'
  },
  MungingRefusedError: {
    title: 'The browser refuses version 1 of the protocol'
  },
  WebRTCUnavailableError: {
    title: 'There is no WebRTC here'
  },
  CertificateMismatchError: {
    title: 'Another certificate was presented',
    explanation: 'Somebody answers at this address, but not with the certificate whose hash is in it. The address is out of date, or another listener has its port now.',
    advice: COPY_AGAIN
  },
  UnexpectedPeerError: {
    title: 'Another peer answered',
    explanation: 'The certificate is right, but whoever has it is not the peer that the address names after /p2p.',
    advice: COPY_AGAIN
  },
  NoValidAddressesError: {
    title: 'This page can’t dial that address',
    explanation: 'It speaks WebRTC Direct and nothing else.',
    advice: 'Take an address with /webrtc-direct and /certhash in it, as webrtc-direct listen prints it.'
  },
  ConnectionLostError: {
    title: 'The connection was lost',
    explanation: 'The peer stopped answering: its process has ended, or the network is down.',
    advice: 'Connect again when the peer can be reached.'
  },
  NotReadableError: {
    title: 'The file can’t be read',
    explanation: 'It was changed, moved or deleted after it had been chosen.',
    advice: 'Choose it again.'
  }
}

NAMED.NotFoundError = NAMED.NotReadableError

/**
 * What it means if nobody answers in a phase until time is up
 */
const STOPPED: Words = {
  title: 'The peer stopped answering',
  explanation: 'It answered at first, and then nothing more came until time was up.',
  advice: 'Connect again. If it stays like that, the network loses too much, or the listener has too much to do.'
}

const TIMED_OUT: Partial<Record<SetupPhase, Words>> = {
  dtls: STOPPED,
  sctp: STOPPED,
  noise: STOPPED,
  upgrade: STOPPED,
  ice: {
    title: 'Nobody answered',
    explanation: 'Packets went to the address, and none came back.',
    advice: 'Is the listener running, at this IP address and port? Does every firewall on the way let UDP through? If it has been started again, its address may have changed.'
  }
}

/**
 * What it means if anything else goes wrong in a phase
 */
const IN_PHASE: Record<SetupPhase, Words> = {
  address: {
    title: 'That address can’t be dialed',
    explanation: 'A part of it is missing or wrong.',
    advice: 'Copy all of it from the listener: /ip4/…/udp/…/webrtc-direct/certhash/…/p2p/….'
  },
  ice: {
    title: 'The peer could not be reached',
    explanation: 'The browser found no way to the address.',
    advice: 'Is the listener running, and does the network let UDP through? An extension, a policy or a VPN may keep the browser from using WebRTC.'
  },
  dtls: {
    title: 'The connection could not be encrypted',
    explanation: 'The peer answered, and the DTLS handshake failed: most likely its certificate is not the one whose hash is in the address.',
    advice: COPY_AGAIN
  },
  sctp: {
    title: 'No channels could be opened',
    explanation: 'The connection is encrypted, and then the peer stopped answering.',
    advice: 'Connect again. If it stays like that, the listener is busy or not of WebRTC Direct.'
  },
  noise: {
    title: 'The peer refused the connection',
    explanation: 'It closed the connection during the Noise handshake, in which both prove who they are.',
    advice: 'Its connection gater, deny list or limit of connections may refuse this page. Or it is stopping.'
  },
  upgrade: {
    title: 'libp2p did not take the connection',
    explanation: 'It was made, and then turned down on this side or on the other.',
    advice: 'Look at the details.'
  }
}

const DOING: Record<Task, Words> = {
  connect: {
    title: 'Could not connect',
    explanation: 'The connection failed.'
  },
  'stay-connected': {
    title: 'The connection ended',
    explanation: 'It ended with an error.',
    advice: 'Connect again.'
  },
  ping: {
    title: 'The peer can’t be pinged',
    explanation: 'Pinging it failed.'
  },
  'send-file': {
    title: 'The file did not come back',
    explanation: 'Sending it failed.',
    advice: 'Send it again.'
  }
}

const PROTOCOLS: Partial<Record<Task, Words>> = {
  ping: {
    title: 'The peer answers no pings',
    explanation: 'It does not serve /ipfs/ping/1.0.0.'
  },
  'send-file': {
    title: 'The peer sends no files back',
    explanation: 'It does not serve /echo/1.0.0, which is no part of libp2p.',
    advice: 'Connect to a listener that serves it, such as webrtc-direct listen.'
  }
}

export function describeFailure (err: unknown, task: Task): Failure {
  const chain = errorsUnder(err)
  const phase = furthest(chain.flatMap(err => phaseOf(err) ?? []))

  return { ...wordsFor(chain, phase, task), phase, detail: chain.map(describe).join('\n') }
}

function wordsFor (chain: Error[], phase: SetupPhase | undefined, task: Task): Words {
  const named = chain.find(err => Object.hasOwn(NAMED, err.name))

  if (named != null) {
    return { explanation: sentence(named.message), ...NAMED[named.name] }
  }

  if (chain.some(({ name }) => name === 'UnsupportedProtocolError') && PROTOCOLS[task] != null) {
    return PROTOCOLS[task]
  }

  const timedOut = phase == null && task === 'connect' ? TIMED_OUT.ice : TIMED_OUT[phase ?? 'address']

  if (timedOut != null && chain.some(({ name }) => name.endsWith('TimeoutError'))) {
    return timedOut
  }

  const words = phase == null ? DOING[task] : IN_PHASE[phase]
  const said = sentence(chain[0]?.message ?? '')

  // what the transport says of an address names the part that is wrong
  return said === '' ? words : { ...words, explanation: phase == null || phase === 'address' ? said : words.explanation }
}

/**
 * An error, those of which it was made and their causes
 */
function errorsUnder (err: unknown): Error[] {
  const found = new Set<Error>()

  function collect (value: unknown): void {
    if (value == null) {
      return
    }

    const err = value instanceof Error ? value : new Error(typeof value === 'string' ? value : JSON.stringify(value))

    if (!found.has(err)) {
      found.add(err)
      collect(err.cause)
      ;(err instanceof AggregateError ? err.errors : []).forEach(collect)
    }
  }

  collect(err)

  return [...found]
}

/**
 * libp2p makes other errors of those that it times out, and keeps their message
 */
function phaseOf (err: Error & { phase?: unknown }): SetupPhase | undefined {
  const name = err.phase ?? /^(\w+): /.exec(err.message)?.[1]

  return PHASES.find(({ phase }) => phase === name)?.phase
}

function furthest (phases: SetupPhase[]): SetupPhase | undefined {
  return PHASES.map(({ phase }) => phase).findLast(phase => phases.includes(phase))
}

function describe ({ name, message }: Error): string {
  return message === '' ? name : `${name}: ${message}`
}

/**
 * A message without its phase, as a sentence
 */
function sentence (message: string): string {
  const text = message.replace(/^\w+: /, '').trim()

  if (text === '') {
    return ''
  }

  return `${text[0].toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`
}
