import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect } from 'aegir/chai'
import { killAll, line, run, start } from '../support/command-line.ts'
import type { Socket } from 'node:dgram'

const FREE = '/ip4/127.0.0.1/udp/0/webrtc-direct'
const NOT_HERE = '/ip4/192.0.2.77/udp/0/webrtc-direct'

describe('an address that listen can not serve', () => {
  let socket: Socket | undefined

  /**
   * An address whose port is in use
   */
  async function taken (host: string): Promise<string> {
    const version = host.includes(':') ? 6 : 4
    socket = createSocket(`udp${version}`)
    socket.bind(0, host)
    await once(socket, 'listening')

    return `/ip${version}/${host}/udp/${socket.address().port}/webrtc-direct`
  }

  afterEach(() => {
    socket?.close()
    socket = undefined
    killAll()
  })

  // where no IPv6 address can be served libp2p says nothing
  for (const host of ['127.0.0.1', '::1']) {
    it(`is told on standard error, with the reason, and the others are served: ${host}`, async () => {
      const address = await taken(host)
      const child = start(['listen', '--address', FREE, '--address', address])
      const stdout = text(child.stdout)
      const exit = once(child, 'exit')
      const notes: string[] = []

      for await (const note of createInterface({ input: child.stderr })) {
        notes.push(note)

        if (note.includes('Ctrl-C')) {
          child.kill('SIGINT')
        }
      }

      expect(notes[0]).to.match(new RegExp(`^webrtc-direct: can't listen on ${address}: .+`))
      expect(notes).to.have.lengthOf(2)
      expect(await stdout).to.match(/^\/ip4\/127\.0\.0\.1\/udp\/\d+\/webrtc-direct\/certhash\/.*\n$/)
      expect(await exit).to.deep.equal([0, null])
    })

    it(`is told to machines: ${host}`, async () => {
      const address = await taken(host)
      const child = start(['listen', '--json', '--address', FREE, '--address', address])
      const object = JSON.parse(await line(child, () => true))

      expect(object).to.include({ event: 'not-listening', address })
      expect(object.reason).to.be.a('string')
    })
  }

  it('ends the command where there is no other', async () => {
    const address = await taken('127.0.0.1')
    const { code, stdout, stderr } = await run(['listen', '--address', address, '--address', NOT_HERE])

    expect(stderr).to.match(new RegExp(`^webrtc-direct: can't listen on ${address}: .+; can't listen on ${NOT_HERE}: .+\\n$`))
    expect(stdout.toString()).to.equal('')
    expect(code).to.equal(1)
  })
})
