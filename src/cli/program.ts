/**
 * The commands, their options and their exit codes.
 */
import { readFileSync } from 'node:fs'
import { Argument, Command, Option } from 'commander'
import { printAddresses } from './address.ts'
import { listenAddresses, parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds } from './arguments.ts'
import { canMoveCursor } from './color.ts'
import { COMPLETION_SHELLS, completionScript } from './completion.ts'
import { echo } from './echo.ts'
import { listen } from './listen.ts'
import { perf } from './perf.ts'
import { ping } from './ping.ts'
import { stats } from './stats.ts'
import type { Output } from './output.ts'

export const EXIT_CODES = `
Exit codes:
  0  it worked
  1  it failed: no connection, no answer, or other bytes came back than were
     sent or asked for
  2  wrong usage: an unknown option, an address that can't be dialed, a file that can't be used`

export const NAME = 'webrtc-direct'

const ADDRESS = 'webrtc-direct address of the peer, with its certhash'
const EXAMPLE = '/ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/uEi…/p2p/12D3…'

export interface ProgramInit {
  output: Output

  /**
   * Aborts when the command shall end
   */
  signal: AbortSignal

  /**
   * Is told whether what was asked for has worked, where that is not sure
   */
  onEnd (worked: boolean): void
}

/**
 * What `--help`, the completion of shells and the man page are made of
 */
export function createProgram ({ output, signal, onEnd }: ProgramInit): Command {
  const program = new Command(NAME)
    .description('Listen for, ping, echo through and measure libp2p peers over WebRTC Direct')
    .version(version())
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      // run.ts tells what was wrong
      outputError: () => {}
    })
    .addHelpText('after', `${EXIT_CODES}

Examples:
  $ webrtc-direct listen --port 9000
  $ webrtc-direct ping ${EXAMPLE}
  $ webrtc-direct echo ${EXAMPLE} photo.jpg > same.jpg
  $ webrtc-direct perf ${EXAMPLE}

NO_COLOR turns colours off, FORCE_COLOR=1 turns them on.
DEBUG=libp2p:webrtc-direct* prints what happens underneath.`)

  program.command('listen')
    .description('Serve ping, echo and identify until Ctrl-C, and print the addresses of this peer, one per line')
    .addOption(new Option('--host <ip>', 'the interface to listen on (default: all, IPv4 and IPv6)').argParser(parseHost))
    .addOption(new Option('--port <number>', 'the UDP port, 0 for any').argParser(parsePort).default(0))
    .addOption(new Option('--address <multiaddr>', 'listen on this address instead, can be repeated').argParser(parseListenAddress).conflicts(['host', 'port']))
    .option('--key <file>', 'keep the identity of this peer in the file, which is made if there is none: every start prints the same peer id and certhash')
    .option('--allow-readable-key', 'take the file, with a warning, where others can read it')
    .option('--perf', 'serve /perf/1.0.0 too')
    .addOption(new Option('--interval <seconds>', 'how often the table is drawn; with --json, how often to print the status (default: 1, with --json never)').argParser(parseSeconds))
    .option('--json', 'print JSON objects, one per line: listening, not-listening, connected, disconnected, status')
    .addHelpText('after', `
On a terminal it shows a table of the connections, elsewhere a line for each
that comes and goes.

With --perf everyone who can dial this peer can make it send and receive any
amount of data, so it is off by default.

Examples:
  $ webrtc-direct listen --port 9000
  $ webrtc-direct listen --port 9000 --key node.key
  $ webrtc-direct listen --host 127.0.0.1
  $ webrtc-direct listen --address /ip4/0.0.0.0/udp/9000/webrtc-direct --address /ip6/::1/udp/0/webrtc-direct`)
    .action(async ({ address, host, port, key, allowReadableKey, perf, json, interval }) => {
      const terminal = json !== true && canMoveCursor(process.stdout, process.env) ? process.stdout : undefined

      await listen(address ?? listenAddresses(port, host), { keyFile: key, allowReadableKey, perf, terminal, interval }, output, signal)
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
      await printAddresses(key, announce, { allowReadableKey }, output)
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
      onEnd(await ping(address, { count, interval, timeout, wait, dialerVersion }, output, signal))
    })

  program.command('echo')
    .description('Send a file or standard input to a peer, and write what comes back to standard output')
    .argument('<address>', ADDRESS, parsePeerAddress)
    .argument('[file]', 'the file to send, - for standard input', '-')
    .addOption(seconds('-t, --timeout <seconds>', 'how long a dial may take', 10))
    .addOption(dialerVersion())
    .option('-q, --quiet', 'print nothing on standard error but errors')
    .option('--json', 'print JSON objects, one per line, instead of what comes back: connected, progress, summary; times are in ms')
    .addHelpText('after', `
Reads and writes at the same time. The exit code is 0 if the bytes that came
back are those that were sent. Either end ends a stream on which nothing has
moved for two minutes.

Examples:
  $ webrtc-direct echo ${EXAMPLE}
  $ webrtc-direct echo ${EXAMPLE} photo.jpg > same.jpg
  $ tar c src | webrtc-direct echo ${EXAMPLE} | tar t`)
    .action(async (address, file, { timeout, quiet = false, json = false, dialerVersion }) => {
      onEnd(await echo(address, file, { timeout, quiet, json, dialerVersion }, output, signal))
    })

  program.command('perf')
    .description('Measure how fast a peer that serves /perf/1.0.0 receives and sends')
    .argument('<address>', ADDRESS, parsePeerAddress)
    .addOption(bytes('-u, --upload <bytes>', 'how much to send', '64MiB'))
    .addOption(bytes('-d, --download <bytes>', 'how much to have sent back', '64MiB'))
    .addOption(new Option('-n, --runs <number>', 'how often, one after another, 0 for no end').argParser(parseCount).default(1))
    .addOption(seconds('-t, --timeout <seconds>', 'how long a dial may take', 10))
    .addOption(dialerVersion())
    .option('--json', 'print JSON objects, one per line: connected, progress, run, summary; times are in ms, rates in bytes per second')
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
      onEnd(await perf(address, { upload, download, runs, timeout, json, dialerVersion }, output, signal))
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
      await stats(address, { timeout, dialerVersion }, output, signal)
    })

  program.command('completion')
    .description('Print the script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(COMPLETION_SHELLS))
    .option('--json', 'print one JSON object')
    .addHelpText('after', `
Examples:
  $ source <(webrtc-direct completion bash)
  $ source <(webrtc-direct completion zsh)
  $ webrtc-direct completion fish | source`)
    .action((shell) => {
      const script = completionScript(program, shell)

      output.result(script.trimEnd(), { event: 'completion', shell, script })
    })

  return program
}

function seconds (flags: string, description: string, value: number): Option {
  return new Option(flags, description).argParser(parseSeconds).default(value * 1_000, `${value}`)
}

function dialerVersion (): Option {
  return new Option('--dialer-version <version>', 'of the protocol').choices(['auto', '1', '2']).argParser(parseDialerVersion).default('auto')
}

function bytes (flags: string, description: string, value: string): Option {
  return new Option(flags, description).argParser(parseBytes).default(parseBytes(value), value)
}

function version (): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version
}
