/**
 * The commands that the documentation shows, as on a console
 */
import { documents } from './documents.ts'

export interface Command {
  text: string
  path: string

  /**
   * What the document shows that it prints
   */
  output: string[]
}

const DOCUMENTS = /^(?:[A-Z]+\.md|docs\/)/

/**
 * The placeholder for the address of a listener
 */
export const ADDRESS = '/ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/uEiD…/p2p/12D3KooWLq8w…'

export function commands (): Command[] {
  return documents().filter(({ path }) => DOCUMENTS.test(path)).flatMap(({ path, fences }) => fences
    .filter(({ language }) => language === 'console')
    .flatMap(({ content }) => content.split(/^\$ /m).slice(1).map(text => {
      const [command, ...output] = text.trimEnd().split('\n')

      return { path, text: command.replace(/\s{2,}#.*$|\s+#\s.*$/, '').trim(), output }
    })))
}

/**
 * The words of a command line, of which some are in quotes
 */
export function words (text: string): string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
}
