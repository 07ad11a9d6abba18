/**
 * A Firefox to run pages in: that of the machine, nothing is downloaded. It speaks
 * WebDriver BiDi as it is, while playwright needs one of its own making.
 */
import { existsSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import { ENDS_WITH_ITS_STARTER } from './chromium.ts'
import type { Browser } from 'puppeteer-core'

const PATHS = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/usr/local/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox'
]

const LOOPBACK = {
  'media.peerconnection.ice.loopback': true,

  // a page that may not use the microphone has the default route only
  'permissions.default.microphone': 1,

  // no mDNS names, which this machine need not know
  'media.peerconnection.ice.obfuscate_host_addresses': false
}

/**
 * Starts a Firefox without a window and with a fresh profile
 *
 * @throws {Error} if there is none
 */
export async function launchFirefox (): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: findFirefox(),
    extraPrefsFirefox: LOOPBACK,

    // a script of the page may run for minutes
    protocolTimeout: 0,

    ...ENDS_WITH_ITS_STARTER
  })
}

/**
 * The path of `FIREFOX_PATH`, or the first of the usual ones
 *
 * @throws {Error} if there is none
 */
export function findFirefox (env: NodeJS.ProcessEnv = process.env): string {
  const path = env.FIREFOX_PATH ?? PATHS.find(path => existsSync(path))

  if (path == null || !existsSync(path)) {
    throw new Error('There is no Firefox: install one (Debian: apt install firefox-esr), or tell where it is by FIREFOX_PATH')
  }

  return path
}
