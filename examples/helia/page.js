/**
 * The page: connects to a peer, adds texts, and reads files of that peer.
 */
import { startHelia } from './node.js'

const field = (id) => document.getElementById(id)
const { connect, add, read } = await startHelia()

/**
 * Does something when the button is clicked, and tells what came of it
 *
 * @param id
 * @param task
 */
function onClick (id, task) {
  field(id).addEventListener('click', () => {
    task().then(
      () => { field('status').textContent = `${id}: done` },
      err => { field('status').textContent = `${id}: ${err.message}` }
    )
  })
}

onClick('connect', async () => { await connect(field('address').value.trim()) })
onClick('add', async () => { field('added').textContent = await add(new TextEncoder().encode(field('text').value)) })
onClick('read', async () => { field('content').textContent = await (await read(field('cid').value.trim())).text() })
field('status').textContent = 'ready'
