/**
 * A Chromium to run pages in: that of the machine, nothing is downloaded.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/**
 * As distributions, snap and Google call it
 */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

const FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome']

const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
]

/**
 * Nothing but the page: no GPU, no services of Google, and no sandbox, which
 * containers don't allow
 */
export const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/**
 * It ends with whoever started it, and not before
 */
export const ENDS_WITH_ITS_STARTER = { handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false }

export interface ChromiumOptions {
  /**
   * More arguments of the command line, such as `--force-fieldtrials=…`
   */
  args?: string[]
}

/**
 * Starts a Chromium without a window and with a fresh profile
 *
 * @throws {Error} if there is none
 */
export async function launchChromium ({ args = [] }: ChromiumOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [...QUIET, ...args],

    ...ENDS_WITH_ITS_STARTER
  })
}

/**
 * The path of `CHROMIUM_PATH`, or the first of the usual ones
 *
 * @throws {Error} if there is none
 */
export function findChromium (env: NodeJS.ProcessEnv = process.env): string {
  if (env.CHROMIUM_PATH != null && env.CHROMIUM_PATH !== '') {
    if (!isExecutable(env.CHROMIUM_PATH)) {
      throw new Error(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, where there is nothing that can be run`)
    }

    return env.CHROMIUM_PATH
  }

  const folders = new Set([...(env.PATH ?? '').split(delimiter).filter(folder => folder !== ''), ...FOLDERS])
  const paths = [...folders].flatMap(folder => NAMES.map(name => join(folder, name)))
  const found = [...paths, ...APPLICATIONS].find(isExecutable)

  if (found == null) {
    throw new Error('There is no Chromium: install one (Debian: apt install chromium), or tell where it is by CHROMIUM_PATH')
  }

  return found
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
