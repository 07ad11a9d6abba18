/**
 * A node in a page of a browser that is driven over standard input and output,
 * see the README of the folder above. It only dials.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { TRIALS } from '../../test/browser/field-trials.ts'
import { describeError, runCommand } from '../js/control.ts'
import { IMPLEMENTATION_NAMES, packageOf } from '../js/implementations.ts'
import { emit, serveCommands, stopSignal } from '../js/lines.ts'
import { BROWSER_NAMES, BROWSERS } from './browsers.ts'
import { PagePeer } from './page-peer.ts'
import type { BrowserName, BrowserOptions } from './browsers.ts'
import type { DialerVersion } from './implementations.ts'
import type { Command as PeerCommand, CommandHandler, Reply } from '../js/control.ts'

interface Options extends BrowserOptions {
  browser: BrowserName
  implementation: string
  dialerVersion: DialerVersion
}

/**
 * What is left once the page is closed
 */
const WITHOUT_PAGE: Record<string, CommandHandler> = {
  status: () => ({ connections: 0, streams: 0, resources: {} }),
  close: () => ({})
}

async function main (options: Options): Promise<void> {
  const { implementation, dialerVersion } = options
  const browser = await BROWSERS[options.browser](options)
  const peer = await PagePeer.open(browser, {
    implementation,
    dialerVersion,
    onEvent: emit,
    onLog: line => { console.error(line) } // eslint-disable-line no-console
  })
  const stop = stopSignal()
  const { name, version } = packageOf(implementation)

  async function run (command: PeerCommand): Promise<Reply> {
    if (command.cmd === 'leave') {
      return runCommand(command, {
        async leave () {
          await peer.leave()
          return {}
        }
      })
    }

    if (peer.hasLeft) {
      return runCommand(command, WITHOUT_PAGE)
    }

    try {
      return await peer.run(command)
    } catch (err) {
      return { id: command.id, ok: false, ms: 0, error: describeError(err) }
    }
  }

  emit('ready', {
    implementation: `${browser.name} (${name})`,
    version: `${browser.version} (${version})`,
    peer: peer.id,
    addrs: [],
    cannot: {},
    groups: [browser.pid]
  })

  await serveCommands(run, stop)
  await peer.stop()
  await browser.close()
}

const program = new Command('browser-peer')
  .addOption(new Option('--browser <name>', 'the browser').choices(BROWSER_NAMES).default('chromium'))
  .addOption(new Option('--implementation <name>', 'the transport').choices(IMPLEMENTATION_NAMES).makeOptionMandatory())
  .addOption(new Option('--trial <name>', 'a field trial of Chromium that is on').choices(TRIALS))
  .addOption(new Option('--dialer-version <version>', 'the version of the protocol: auto, 1 or 2').default('auto').argParser(parseVersion))

program.command('dial')
  .action(async () => {
    await main(program.opts())
  })

function parseVersion (text: string): DialerVersion {
  const versions: Record<string, DialerVersion> = { auto: 'auto', 1: 1, 2: 2 }

  if (versions[text] == null) {
    throw new InvalidArgumentError(`It must be one of ${Object.keys(versions).join(', ')}.`)
  }

  return versions[text]
}

await program.parseAsync()
