/**
 * The page: one session, and the cards that show it.
 */
import { ConnectForm } from './connect-form.ts'
import { ConnectionCard } from './connection-card.ts'
import { FileCard } from './file-card.ts'
import { LatencyCard } from './latency-card.ts'
import { chooseAddress, fetchAddresses } from './own-listener.ts'
import { Session } from './session.ts'
import type { Libp2p } from '@libp2p/interface'

let node: Promise<Libp2p> | undefined

// libp2p is most of the page: what is seen need not wait for it
async function startNode (): Promise<Libp2p> {
  node ??= import('./node.ts').then(async ({ startNode }) => startNode())

  try {
    return await node
  } catch (err) {
    // the next attempt tries again
    node = undefined
    throw err
  }
}

const session = new Session({ node: startNode })
const form = new ConnectForm(session)

for (const part of [form, new ConnectionCard(session), new LatencyCard(session), new FileCard(session)]) {
  part.start()
}

form.fill()
startNode().catch(() => {})

fetchAddresses().then(addresses => { form.fill(chooseAddress(addresses, location.hostname)) })
