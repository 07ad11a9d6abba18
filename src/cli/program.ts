/**
 * The commands, their options and their exit codes.
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { printAddresses } from './address.ts'
import { listenAddresses, parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds, UsageError } from './arguments.ts'
import { echo } from './echo.ts'
import { listen } from './listen.ts'
import { createOutput, describeError } from './output.ts'
import { perf } from './perf.ts'
import { ping } from './ping.ts'
import { stats } from './stats.ts'

const OK = 0
const FAILED = 1
const WRONG_USAGE = 2

const EXIT_CODES = `
Exit codes:
  0  it worked
  1  it failed: no connection, no answer, or other bytes came back than were
     sent or asked for
  2  wrong usage: an unknown option, an address that can't be dialed, a file that can't be used`

const ADDRESS = 'webrtc-direct address of the peer, with its certhash'
const EXAMPLE = '/ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/uEi…/p2p/12D3…'

/**
 * Runs one command, until it is done or the signal aborts, and returns its exit
 * code. The reason of the signal says why.
 */
export async function run (args: string[], signal: AbortSignal): Promise<number> {
  let exitCode = OK

  const program = new Command('webrtc-direct')
    .description('Listen for, ping, echo through and measure libp2p peers over WebRTC Direct')
    .version(version())
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => { write(text.replace('error: ', 'webrtc-direct: ').trim().replaceAll('\n', ' ') + '\n') }
    })
    .addHelpText('after', `${EXIT_CODES}

Examples:
  $ webrtc-direct listen --port 9000
  $ webrtc-direct ping ${EXAMPLE}
  $ webrtc-direct echo ${EXAMPLE} photo.jpg > same.jpg
  $ webrtc-direct perf ${EXAMPLE}

DEBUG=libp2p:webrtc-direct* prints what happens underneath.`)

  program.command('listen')
    .description('Serve ping, echo and identify until Ctrl-C, and print the addresses of this peer, one per line')
    .addOption(new Option('--host <ip>', 'the interface to listen on (default: all, IPv4 and IPv6)').argParser(parseHost))
    .addOption(new Option('--port <number>', 'the UDP port, 0 for any').argParser(parsePort).default(0))
    .addOption(new Option('--address <multiaddr>', 'listen on this address instead, can be repeated').argParser(parseListenAddress).conflicts(['host', 'port']))
    .option('--key <file>', 'keep the identity of this peer in the file, which is made if there is none: every start prints the same peer id and certhash')
    .option('--allow-readable-key', 'take the file, with a warning, where others can read it')
    .option('--perf', 'serve /perf/1.0.0 too')
    .option('--json', 'print JSON objects, one per line: listening, not-listening, connected, disconnected')
    .addHelpText('after', `
With --perf everyone who can dial this peer can make it send and receive any
amount of data, so it is off by default.

Examples:
  $ webrtc-direct listen --port 9000
  $ webrtc-direct listen --port 9000 --key node.key
  $ webrtc-direct listen --host 127.0.0.1
  $ webrtc-direct listen --address /ip4/0.0.0.0/udp/9000/webrtc-direct --address /ip6/::1/udp/0/webrtc-direct`)
    .action(async ({ address, host, port, key, allowReadableKey, perf, json }) => {
      await listen(address ?? listenAddresses(port, host), { keyFile: key, allowReadableKey, perf }, createOutput(json), signal)
    })

  program.command('address')
    .description('Print the addresses of the peer that listens with a key, one per line, without listening')
    .requiredOption('--key <file>', 'the file with its identity, as listen --key makes it')
    .option('--allow-readable-key', 'take the file, with a warning, where others can read it')
    .addOption(new Option('--announce <multiaddr...>', 'where others reach it, its certhash and peer id are added; can be repeated').argParser(parseAnnounceAddress).makeOptionMandatory())
    .option('--json', 'print one JSON object')
    .addHelpText('after', `
Examples:
  $ webrtc-direct address --key node.key --announce /ip4/192.0.2.1/udp/9000/webrtc-direct`)
    .action(async ({ key, allowReadableKey, announce, json }) => {
      await printAddresses(key, announce, { allowReadableKey }, createOutput(json))
    })

  program.command('ping')
    .description('Measure the round trip time to a peer')
    .argument('<address>', ADDRESS, parsePeerAddress)
    .addOption(new Option('-c, --count <number>', 'how many pings to send, 0 for no end').argParser(parseCount).default(4))
    .addOption(seconds('-i, --interval <seconds>', 'from one ping to the next', 1))
    .addOption(seconds('-t, --timeout <seconds>', 'how long a dial may take', 10))
    .addOption(dialerVersion())
    .addOption(seconds('-W, --wait <seconds>', 'how long to wait for an answer', 10))
    .option('--json', 'print JSON objects, one per line: connected, reply, lost, summary; times are in ms')
    .addHelpText('after', `
Ctrl-C prints the summary. The exit code is 0 if there was an answer.

Examples:
  $ webrtc-direct ping ${EXAMPLE}
  $ webrtc-direct ping -c 0 -i 0.2 ${EXAMPLE}`)
    .action(async (address, { count, interval, timeout, wait, json, dialerVersion }) => {
      const answered = await ping(address, { count, interval, timeout, wait, dialerVersion }, createOutput(json), signal)
      exitCode = answered ? OK : FAILED
    })

  program.command('echo')
    .description('Send a file or standard input to a peer, and write what comes back to standard output')
    .argument('<address>', ADDRESS, parsePeerAddress)
    .argument('[file]', 'the file to send, - for standard input', '-')
    .addOption(seconds('-t, --timeout <seconds>', 'how long a dial may take', 10))
    .addOption(dialerVersion())
    .option('-q, --quiet', 'print nothing on standard error but errors')
    .option('--json', 'print one JSON object on standard output, instead of what comes back; times are in ms')
    .addHelpText('after', `
Reads and writes at the same time. The exit code is 0 if the bytes that came
back are those that were sent. Either end ends a stream on which nothing has
moved for two minutes.

Examples:
  $ webrtc-direct echo ${EXAMPLE}
  $ webrtc-direct echo ${EXAMPLE} photo.jpg > same.jpg
  $ tar c src | webrtc-direct echo ${EXAMPLE} | tar t`)
    .action(async (address, file, { timeout, quiet = false, json = false, dialerVersion }) => {
      const equal = await echo(address, file, { timeout, quiet, json, dialerVersion }, createOutput(json), signal)
      exitCode = equal ? OK : FAILED
    })

  program.command('perf')
    .description('Measure how fast a peer that serves /perf/1.0.0 receives and sends')
    .argument('<address>', ADDRESS, parsePeerAddress)
    .addOption(bytes('-u, --upload <bytes>', 'how much to send', '64MiB'))
    .addOption(bytes('-d, --download <bytes>', 'how much to have sent back', '64MiB'))
    .addOption(new Option('-n, --runs <number>', 'how often, one after another, 0 for no end').argParser(parseCount).default(1))
    .addOption(seconds('-t, --timeout <seconds>', 'how long a dial may take', 10))
    .addOption(dialerVersion())
    .option('--json', 'print JSON objects, one per line: connected, run, summary; times are in ms, rates in bytes per second')
    .addHelpText('after', `
Uploads, and when the peer has everything downloads. Sizes can be given as
1000, 64kB, 64MB, 1GB, 64KiB, 64MiB or 1GiB. Ctrl-C prints the statistics. The
exit code is 0 if there was a complete run and none failed. Either end ends a
stream on which nothing has moved for two minutes.

Examples:
  $ webrtc-direct perf ${EXAMPLE}
  $ webrtc-direct perf --upload 1GiB --download 0 ${EXAMPLE}
  $ webrtc-direct perf --upload 1 --download 1 --runs 100 ${EXAMPLE}`)
    .action(async (address, { upload, download, runs, timeout, json = false, dialerVersion }) => {
      const measured = await perf(address, { upload, download, runs, timeout, json, dialerVersion }, createOutput(json), signal)
      exitCode = measured ? OK : FAILED
    })

  program.command('stats')
    .description('Connect to a peer, and print what there is to know of the connection')
    .argument('<address>', ADDRESS, parsePeerAddress)
    .addOption(seconds('-t, --timeout <seconds>', 'how long a dial may take', 10))
    .addOption(dialerVersion())
    .option('--json', 'print one JSON object; times are in ms')
    .addHelpText('after', `
Examples:
  $ webrtc-direct stats ${EXAMPLE}`)
    .action(async (address, { timeout, json, dialerVersion }) => {
      await stats(address, { timeout, dialerVersion }, createOutput(json), signal)
    })

  try {
    if (args.length === 0) {
      throw new UsageError('a command is missing, see webrtc-direct --help')
    }

    await program.parseAsync(args, { from: 'user' })

    if (isOutputError(signal.reason)) {
      throw signal.reason
    }
  } catch (err: any) {
    if (err instanceof CommanderError) {
      return err.exitCode === 0 ? OK : WRONG_USAGE
    }

    if (!signal.aborted) {
      complain(err)
    } else if (signal.reason.code !== 'EPIPE') {
      complain(signal.reason)
    }

    return err instanceof UsageError ? WRONG_USAGE : FAILED
  }

  return exitCode
}

function seconds (flags: string, description: string, value: number): Option {
  return new Option(flags, description).argParser(parseSeconds).default(value * 1_000, `${value}`)
}

function dialerVersion (): Option {
  return new Option('--dialer-version <version>', 'of the protocol: auto, 1 or 2').argParser(parseDialerVersion).default('auto')
}

function bytes (flags: string, description: string, value: string): Option {
  return new Option(flags, description).argParser(parseBytes).default(parseBytes(value), value)
}

/**
 * The output could not be written; not because its reader wants no more, as in
 * `webrtc-direct ping … | head -3`
 */
function isOutputError (reason?: NodeJS.ErrnoException): boolean {
  return reason?.code != null && reason.code !== 'EPIPE'
}

function complain (err: Error): void {
  process.stderr.write(`webrtc-direct: ${describeError(err)}\n`)

  if (process.env.DEBUG != null) {
    process.stderr.write(`${err.stack}\n`)
  }
}

function version (): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version
}
