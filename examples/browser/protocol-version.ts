/**
 * Which version of the protocol does the connection of the page speak?
 */
import { connectedVersion } from '../../interop/browser/watched-connections.ts'
import { NONE } from './figures.ts'

export function protocolVersion (): string {
  return connectedVersion()?.toString() ?? NONE
}
