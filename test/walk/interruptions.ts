import { ConnectionClosedError } from '@libp2p/interface'
import type { TestUpgrader } from './upgrader.ts'
import type { Interruption } from './walk.ts'

function hasConnection ({ connections }: TestUpgrader): boolean {
  return connections.some(({ maConn }) => maConn.status === 'open')
}

export const abortDial: Interruption = {
  name: 'the caller aborts',
  isPossible: () => true,
  act: ({ caller }) => { caller.abort() }
}

export const stopListener: Interruption = {
  name: 'the listener closes',
  isPossible: () => true,
  act: ({ listener, track }) => { void track.add('close of the listener', listener.close()) }
}

export const cutNetwork: Interruption = {
  name: 'nothing arrives any more',
  byNetwork: true,
  isPossible: ({ network }) => network.isAssociated,
  act: ({ network }) => { network.cut() }
}

export const loseConnection: Interruption = {
  name: 'the connection is lost',
  byNetwork: true,
  isPossible: ({ network }) => network.isAssociated,
  act: ({ network }) => { network.lose() }
}

/**
 * Of connections that both ends have
 */
export const whenConnected: Interruption[] = [abortDial, stopListener, cutNetwork, loseConnection].map(interruption => ({
  ...interruption,
  isPossible: ({ dialerNode, listenerNode }) => hasConnection(dialerNode) && hasConnection(listenerNode)
}))

export const ofConnections: Interruption[] = (['dialerNode', 'listenerNode'] as const).flatMap(node => [{
  name: `${node} closes the connection`,
  isPossible: (ends) => hasConnection(ends[node]),
  act: ({ track, [node]: { connections } }) => {
    connections.forEach(connection => { void track.add('interrupting close', connection.close()) })
  }
}, {
  name: `${node} aborts the connection`,
  isPossible: (ends) => hasConnection(ends[node]),
  act: ({ [node]: { connections } }) => {
    connections.forEach(connection => { connection.abort(new ConnectionClosedError('The application has no use for it')) })
  }
}, {
  name: `${node} stops`,
  isPossible: (ends) => hasConnection(ends[node]),
  act: ({ track, [node]: { connections } }) => {
    connections.forEach(connection => { void track.add('interrupting stop', connection.closeOrAbort()) })
  }
}])
