/**
 * A Redis server of its own for the tests, on loopback, that keeps nothing.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'

export interface RedisServer {
  stop (): Promise<void>
}

/**
 * @throws {Error} if there is no `redis-server`, or it ends at once
 */
export async function startRedis (port: number): Promise<RedisServer> {
  const server = spawn('redis-server', ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', tmpdir()], {
    stdio: ['ignore', 'pipe', 'inherit']
  })

  await once(server, 'spawn').catch((err) => {
    throw new Error(`redis-server can't be run, on Debian it is in the package of that name: ${err.message}`)
  })

  const exit = once(server, 'exit')
  const lines: string[] = []

  for await (const line of createInterface({ input: server.stdout })) {
    lines.push(line)

    if (line.includes('Ready to accept connections')) {
      // its pipe must not fill up
      server.stdout.resume()

      return {
        async stop () {
          server.kill()
          await exit
        }
      }
    }
  }

  throw new Error(`redis-server did not start: ${lines.join(' ')}`)
}
