import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'

const SERVE = fileURLToPath(new URL('../../examples/browser/serve.js', import.meta.url))

const processes = new Set<ChildProcessWithoutNullStreams>()

function serve (...args: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [SERVE, ...args])
  processes.add(child)

  return child
}

/**
 * The links that it prints: to the page, and with the address in it
 */
async function links (child: ChildProcessWithoutNullStreams): Promise<string[]> {
  const links: string[] = []

  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('http') && links.push(line) === 2) {
      break
    }
  }

  return links
}

describe('the example that is started', () => {
  afterEach(() => {
    processes.forEach(child => { child.kill('SIGKILL') })
    processes.clear()
  })

  it('serves the page, on loopback, and tells it the address of the listener', async () => {
    const child = serve()
    const [link, withAddress] = await links(child)
    const page = await fetch(link)
    const { addresses } = await (await fetch(new URL('listener.json', link))).json() as { addresses: string[] }

    expect(await page.text()).to.include('<title>WebRTC Direct</title>')
    expect(addresses).to.have.lengthOf(1)
    expect(addresses[0]).to.match(/^\/ip4\/127\.0\.0\.1\/udp\/\d+\/webrtc-direct\/certhash\/uEi[\w-]+\/p2p\/12D3\w+$/)
    expect(withAddress).to.equal(`${link}#${addresses[0]}`)

    for (const name of ['page.js', 'style.css', 'inter.woff2', 'icon.svg']) {
      expect(await fetch(new URL(name, link)), name).to.have.property('status', 200)
    }

    child.kill('SIGINT')
    expect(await once(child, 'exit')).to.deep.equal([0, null])
  })

  it('serves on the host and the port that it is told', async () => {
    const [first] = await links(serve('--host', '127.0.0.2'))
    const { port } = new URL(first)
    const child = serve('--host', '127.0.0.3', '--port', port)

    expect(new URL(first).hostname).to.equal('127.0.0.2')
    expect((await links(child))[0]).to.equal(`http://127.0.0.3:${port}/`)
  })

  it('ends with an error where the port is in use', async () => {
    const [link] = await links(serve())
    const child = serve('--port', new URL(link).port)
    const [stderr, exit] = await Promise.all([text(child.stderr), once(child, 'exit')])

    expect(stderr).to.match(/^example:browser: .*EADDRINUSE.*\n$/)
    expect(exit).to.deep.equal([1, null])
  })

  it('ends with an error if it is called with something else', async () => {
    const child = serve('--port', 'x')
    const [stderr, exit] = await Promise.all([text(child.stderr), once(child, 'exit')])

    expect(stderr).to.include('It is not a whole number')
    expect(exit).to.deep.equal([1, null])
  })
})
