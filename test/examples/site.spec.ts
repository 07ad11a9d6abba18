import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from 'aegir/chai'
import { serveSite } from '../../examples/browser/site.ts'
import type { Site } from '../../examples/browser/site.ts'
import type { IncomingMessage } from 'node:http'

const HTML = '<!doctype html><title>Hello</title>'

describe('the server of the page', () => {
  let site: Site
  let addresses: string[]

  before(async () => {
    addresses = []
    site = await serveSite({
      files: new Map([['index.html', Buffer.from(HTML)], ['page.js', Buffer.from('export {}')]]),
      addresses: () => addresses,
      host: '127.0.0.1',
      port: 0
    })
  })

  after(async () => { await site.close() })

  it('serves the page, by itself and compressed', async () => {
    const response = await fetch(site.url)

    expect(response.status).to.equal(200)
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8')
    expect(response.headers.get('content-encoding')).to.equal('gzip')
    expect(response.headers.get('content-security-policy')).to.include("default-src 'self'")
    expect(await response.text()).to.equal(HTML)
  })

  it('serves it to clients that know no compression', async () => {
    const sent = request(site.url, { headers: { 'accept-encoding': 'identity' } }).end()
    const [response] = await once(sent, 'response') as [IncomingMessage]

    expect(response.headers).to.not.have.property('content-encoding')
    expect(await text(response)).to.equal(HTML)
  })

  it('serves its files, whatever the query', async () => {
    const response = await fetch(`${site.url}page.js?a=b`)

    expect(response.headers.get('content-type')).to.equal('text/javascript; charset=utf-8')
    expect(await response.text()).to.equal('export {}')
  })

  it('tells the addresses of the listener, as they are', async () => {
    addresses = ['/ip4/127.0.0.1/udp/1/webrtc-direct']
    const response = await fetch(`${site.url}listener.json`)

    expect(await response.json()).to.deep.equal({ addresses })
  })

  it('has no other files', async () => {
    for (const name of ['missing.js', '../package.json', '%2e%2e/package.json', '__proto__']) {
      const sent = request(site.url, { path: `/${name}` }).end()
      const [response] = await once(sent, 'response') as [IncomingMessage]

      expect(response.statusCode, name).to.equal(404)
      expect(await text(response)).to.equal('There is no such file\n')
    }
  })

  it('can only be read', async () => {
    expect(await fetch(site.url, { method: 'POST' })).to.have.property('status', 405)

    const response = await fetch(site.url, { method: 'HEAD' })
    expect(response.status).to.equal(200)
    expect(await response.text()).to.equal('')
  })

  it('does not start on a port that is in use', async () => {
    const { port } = new URL(site.url)

    await expect(serveSite({ files: new Map(), addresses: () => [], host: '127.0.0.1', port: Number(port) })).to.eventually.be.rejected.with.property('code', 'EADDRINUSE')
  })

  it('tells a link that can be opened where it serves every interface', async () => {
    const open = await serveSite({ files: new Map([['index.html', Buffer.from(HTML)]]), addresses: () => [], host: '0.0.0.0', port: 0 })

    try {
      expect(open.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/$/)
      expect(await (await fetch(open.url)).text()).to.equal(HTML)
    } finally {
      await open.close()
    }
  })
})
