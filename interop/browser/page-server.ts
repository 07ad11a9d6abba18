/**
 * Serves the page of a peer on the loopback interface, which browsers take for
 * secure.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { BUNDLE } from './bundle.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const HTML = '<!doctype html><meta charset="utf-8"><title>peer</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'

export class PageServer {
  private readonly server: Server

  private constructor (server: Server) {
    this.server = server
  }

  /**
   * The page has these headers
   */
  static async start (headers: Record<string, string> = {}): Promise<PageServer> {
    const script = await readFile(BUNDLE)
    const server = createServer(({ url }, response) => {
      if (url === '/page.js') {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
      } else {
        response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(HTML)
      }
    })

    server.listen(0, '127.0.0.1')
    await once(server, 'listening')

    return new PageServer(server)
  }

  get url (): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`
  }

  async stop (): Promise<void> {
    if (!this.server.listening) {
      return
    }

    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }
}
