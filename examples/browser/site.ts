/**
 * Serves files over HTTP.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Files } from './bundle.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const compress = promisify(gzip)

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2'
}

const HEADERS = {
  // another start may have other files
  'cache-control': 'no-cache',

  // a page on its own gets a clock of 5 µs instead of 100, which shows in pings
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',

  // a /dnsaddr is resolved by DNS over HTTPS
  'content-security-policy': "default-src 'self'; connect-src 'self' https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}

export interface SiteInit {
  files: Files

  /**
   * The addresses of the listener, for `listener.json`
   */
  addresses (): string[]

  host: string

  /**
   * 0 for any
   */
  port: number
}

export interface Site {
  /**
   * The link to the page
   */
  url: string
  close (): Promise<void>
}

/**
 * @throws {Error} if it can't listen there
 */
export async function serveSite ({ files, addresses, host, port }: SiteInit): Promise<Site> {
  const compressed = new Map(await Promise.all([...files].map(async ([name, content]): Promise<[string, Buffer]> =>
    [name, await compress(content)])))

  const server = createServer((request, response) => {
    const name = nameOf(request)

    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
    } else if (name === 'listener.json') {
      answer(request, response, name, Buffer.from(JSON.stringify({ addresses: addresses() })))
    } else {
      answer(request, response, name, files.get(name), compressed.get(name))
    }
  })

  server.listen(port, host)
  await once(server, 'listening')

  return {
    url: urlOf(server, host),
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    }
  }
}

function nameOf ({ url = '/' }: IncomingMessage): string {
  const name = url.split('?', 1)[0].slice(1)

  return name === '' ? 'index.html' : name
}

function answer (request: IncomingMessage, response: ServerResponse, name: string, content?: Uint8Array, compressed?: Uint8Array): void {
  if (content == null) {
    response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain' }).end('There is no such file\n')
    return
  }

  const zipped = compressed != null && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const body = zipped ? compressed : content

  response.writeHead(200, {
    ...HEADERS,
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    'content-length': body.byteLength,
    vary: 'accept-encoding',
    ...zipped ? { 'content-encoding': 'gzip' } : {}
  }).end(request.method === 'HEAD' ? undefined : body)
}

function urlOf (server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host

  return `http://${name.includes(':') ? `[${name}]` : name}:${port}/`
}
