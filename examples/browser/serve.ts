/* eslint-disable no-console */
/**
 * Serves the page, and runs the listener that it dials, until Ctrl-C.
 */
import { Command, CommanderError, Option } from 'commander'
import { listenAddresses, parseHost, parsePort } from '../../src/cli/arguments.ts'
import { listen } from '../../src/cli/listen.ts'
import { createOutput, describeError } from '../../src/cli/output.ts'
import { bundlePage } from './bundle.ts'
import { linkTo } from './share-link.ts'
import { serveSite } from './site.ts'

interface Options {
  host: string
  port: number
  udpPort: number
  key?: string
}

const interruption = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => { interruption.abort(new Error('interrupted')) })
}

const program = new Command('npm run example:browser --')
  .description('Serve a page that dials over WebRTC Direct, and run a listener for it, until Ctrl-C')
  .addOption(new Option('--host <ip>', 'the interface to serve and to listen on').argParser(parseHost).default('127.0.0.1'))
  .addOption(new Option('--port <number>', 'the TCP port of the page, 0 for any').argParser(parsePort).default(0))
  .addOption(new Option('--udp-port <number>', 'the UDP port of the listener, 0 for any').argParser(parsePort).default(0))
  .option('--key <file>', 'keep the identity of the listener in the file: its address stays, and links to it with it')
  .exitOverride()
  .action(async (options: Options) => serve(options))

async function serve ({ host, port, udpPort, key }: Options): Promise<void> {
  let addresses: string[] = []
  const site = await serveSite({ files: await bundlePage(), addresses: () => addresses, host, port })
  const output = createOutput(false)

  try {
    await listen(listenAddresses(udpPort, host), { keyFile: key }, {
      ...output,
      result: (text, object) => {
        addresses = object.addresses as string[]
        console.log(`${site.url}\n\nIt dials this listener, and here is the link with its address in it:\n\n${text}\n\n${linkTo(site.url, addresses[0])}\n`)
      }
    }, interruption.signal)
  } finally {
    await site.close()
  }
}

try {
  await program.parseAsync()
} catch (err: any) {
  if (!(err instanceof CommanderError)) {
    console.error(`example:browser: ${describeError(err)}`)
  }

  process.exitCode = err.exitCode ?? 1
}
