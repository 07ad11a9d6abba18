import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { addressInLink } from '../../examples/browser/share-link.ts'
import { ECHO_PROTOCOL } from '../../src/cli/send-back.ts'
import { createListener, deadPort, stopNodes } from '../support/loopback-nodes.ts'
import { Example } from './example-page.ts'
import { FIELD_TRIALS, TRIALS } from './field-trials.ts'

const SIZE = 16 * 1024 * 1024

describe('the page', () => {
  let example: Example
  let folder: string

  before(async () => {
    example = await Example.start()
    folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-page-'))
  })

  after(async () => {
    await example.stop()
    await rm(folder, { recursive: true })
  })

  afterEach(async () => {
    await example.closePages()
    await stopNodes()
  })

  it('fills in the address of its listener, and connects to it', async () => {
    const page = await example.open()

    expect(await page.address.inputValue()).to.equal(example.address)
    expect(await page.state.textContent()).to.equal('Not connected')
    await page.connect()

    expect(await page.figure('Time to connect').textContent()).to.match(/^[\d.]+ ms$/)
    expect(await page.figure('Protocol version').textContent()).to.match(/^[12]$/)
    expect(await page.figure('Peer id').textContent()).to.equal(example.listener.peerId.toString())
    expect(await page.announcer.textContent()).to.match(/^Connected in [\d.]+ ms$/)
    await page.until(page.figure('Streams'), '1 open, 1 in all')
    await page.until(page.figure('Connected for'), /^\d+ s$/)
  })

  it('pings until it is paused, and draws how long that took', async () => {
    const page = await example.open()
    await page.connect()
    await page.pinged()
    await page.until(page.page.locator('#rtt-lost'), /^0 of [2-9]$/)
    await page.until(page.figure('Sent'), /^\d+ B$/)

    for (const name of ['Lowest', 'Average', 'Highest']) {
      expect(await page.figure(name).textContent()).to.match(/^[\d.]+$/)
    }

    await page.button('Pause').click()
    await page.button('Start pinging').waitFor()
    await page.until(page.figure('Streams'), '0 open, 1 in all')

    await page.button('Start pinging').click()
    await page.until(page.figure('Streams'), '1 open, 2 in all')
  })

  it('sends a file of 16 MiB, and gets it back', async () => {
    const original = join(folder, 'original.bin')
    const bytes = randomBytes(SIZE)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await writeFile(original, bytes)

    const page = await example.open()
    await page.connect()
    await page.send(original)

    expect(await page.figure('Came back').textContent()).to.equal('16.8 MB')
    expect(await page.figure('Each way').textContent()).to.match(/^[\d.]+ [kM]B\/s$/)
    expect(await page.figure('SHA-256 of what was sent').textContent()).to.equal(sha256)
    expect(await page.figure('SHA-256 of what came back').textContent()).to.equal(sha256)
    await page.until(page.figure('Sent'), '16.8 MB')
    await page.until(page.figure('Received'), '16.8 MB')

    const download = page.page.waitForEvent('download')
    await page.page.getByRole('link', { name: 'Save what came back' }).click()
    const saved = await download
    expect(saved.suggestedFilename()).to.equal('original.bin')
    expect((await readFile(await saved.path())).equals(bytes)).to.equal(true)
  })

  it('sends random bytes, shows how far they are, and can be told to stop', async () => {
    const page = await example.open()
    await page.connect()
    await page.button('Send 16 MiB of random bytes').click()
    await page.until(page.figure('Came back'), /^[1-9].* of 16\.8 MB$/)
    await page.button('Cancel').click()
    await page.until(page.verdict, 'You cancelled it.')

    // the connection goes on
    await page.button('Send 16 MiB of random bytes').click()
    await page.until(page.verdict, 'The same bytes came back.')
    expect(await page.page.getByRole('progressbar').getAttribute('value')).to.equal('1')
  })

  it('sends an empty file', async () => {
    const page = await example.open()
    await page.connect()
    await page.send({ name: 'empty', mimeType: 'text/plain', buffer: Buffer.alloc(0) })

    expect(await page.figure('SHA-256 of what came back').textContent()).to.equal(createHash('sha256').digest('hex'))
  })

  it('is shared as a link', async () => {
    const page = await example.open()
    await page.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.button('Copy link').click()
    await page.button('Copied').waitFor()
    expect(await page.announcer.textContent()).to.equal('The link is in the clipboard')

    const link = await page.page.evaluate(async () => navigator.clipboard.readText())
    expect(link).to.equal(`${example.site.url}#${example.address}`)

    const other = await example.open(addressInLink(link))
    await other.connect()
  })

  it('follows a link that is opened in it, and leaves the peer', async () => {
    const page = await example.open()
    await page.connect()
    await page.page.evaluate(() => { location.hash = '/ip4/192.0.2.1/udp/9000/webrtc-direct' })

    await page.until(page.state, 'Disconnected')
    expect(await page.address.inputValue()).to.equal('/ip4/192.0.2.1/udp/9000/webrtc-direct')
  })

  it('says that nobody answers, in which phase, and what to do', async () => {
    const dead = await deadPort()

    try {
      const page = await example.open(example.address.replace(/udp\/\d+/, `udp/${dead.port}`))
      await page.button('Connect').click()
      await page.until(page.alert, /Nobody answered.*Is the listener running.*phase 2 of 6, ICE/)

      const detail = page.page.locator('details pre')
      expect(await detail.isVisible()).to.equal(false)
      await page.page.getByText('Details').click()
      expect(await detail.textContent()).to.match(/^SetupTimeoutError: ice: /)
    } finally {
      dead.close()
    }
  })

  it('says that the certificate is another one', async () => {
    const page = await example.open(example.address.replace(/uEi[\w-]+/, 'uEiB4DHLLDSkAlDRoOBQVwg2xI2ghg6wNOnDwdnO9L-Uy6Q'))
    await page.button('Connect').click()

    await page.until(page.alert, /(Another certificate was presented|could not be encrypted).*Copy the address.*phase 3 of 6, DTLS/)
  })

  it('says that the peer refuses', async () => {
    const listener = await createListener({ connectionGater: { denyInboundEncryptedConnection: () => true } })
    const page = await example.open(listener.getMultiaddrs()[0].toString())
    await page.button('Connect').click()

    await page.until(page.alert, /The peer refused the connection.*phase 5 of 6, Noise/)
  })

  it('says that the browser refuses the port', async () => {
    const page = await example.open(example.address.replace(/udp\/\d+/, 'udp/9'))
    await page.button('Connect').click()

    await page.until(page.alert, /The browser refuses that address.*port 9/)
  })

  it('says that an address is of another transport', async () => {
    const page = await example.open('/ip4/127.0.0.1/tcp/9000')
    await page.button('Connect').click()

    await page.until(page.alert, /This page can’t dial that address.*\/webrtc-direct/)
  })

  it('says at the field that something is no address', async () => {
    const page = await example.open()
    await page.address.fill('127.0.0.1:9000')
    await page.button('Connect').click()

    const problem = page.page.getByText(/^This is not a multiaddr/)
    await problem.waitFor()
    expect(await page.address.getAttribute('aria-invalid')).to.equal('true')
    expect(await page.address.evaluate(element => element === document.activeElement)).to.equal(true)

    await page.address.fill('')
    await problem.waitFor({ state: 'detached' })
    await page.button('Connect').click()
    await page.page.getByText(/^There is no address/).waitFor()
  })

  it('says that the peer sends no files back', async () => {
    const listener = await createListener()
    const page = await example.open(listener.getMultiaddrs()[0].toString())
    await page.connect()
    await page.file.setInputFiles({ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })

    await page.until(page.alert, /The peer sends no files back.*\/echo\/1\.0\.0/)
    expect(await page.state.textContent()).to.equal('Connected')
  })

  it('says that the peer has closed the connection, in the middle of a file', async () => {
    const listener = await createListener()
    await listener.handle(ECHO_PROTOCOL, stream => {
      stream.addEventListener('message', ({ data }) => {
        stream.send(data)
        stream.pause()
      })
    })

    const page = await example.open(listener.getMultiaddrs()[0].toString())
    await page.connect()
    await page.button('Send 16 MiB of random bytes').click()
    await page.until(page.figure('Came back'), /^[1-9].* of 16\.8 MB$/)
    listener.getConnections().forEach(connection => { connection.abort(new Error('enough')) })

    await page.until(page.state, 'The peer closed the connection')
    await page.until(page.verdict, 'The connection ended before all of it had come back.')
    await page.connect()
  })

  it('gives up to connect when it is told to', async () => {
    const dead = await deadPort()

    try {
      const page = await example.open(example.address.replace(/udp\/\d+/, `udp/${dead.port}`))
      await page.button('Connect').click()
      await dead.asked
      await page.button('Cancel').click()
      await page.until(page.state, 'Not connected')
      expect(await page.alert.count()).to.equal(0)
    } finally {
      dead.close()
    }
  })

  it('disconnects, and keeps the figures', async () => {
    const page = await example.open()
    await page.connect()
    await page.pinged()
    await page.button('Disconnect').click()
    await page.until(page.state, 'Disconnected')

    expect(await page.figure('Received').textContent()).to.match(/^[1-9]\d* B$/)
    await page.connect()
  })
})

for (const trial of TRIALS) {
  describe(`the page in a Chromium that refuses version 1, with ${trial}`, () => {
    let example: Example

    before(async () => { example = await Example.start({ args: [FIELD_TRIALS[trial]] }) })

    after(async () => { await example.stop() })

    afterEach(async () => { await example.closePages() })

    it('connects with version 2, pings and sends a file', async () => {
      const page = await example.open()
      await page.connect()
      await page.pinged()
      await page.send({ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })

      expect(await page.figure('Protocol version').textContent()).to.equal('2')
    })
  })
}
