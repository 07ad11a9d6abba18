/**
 * A Prometheus that scrapes one target (Debian's package `prometheus`)
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

export interface Series {
  metric: Record<string, string>
  value: number
}

export interface Prometheus {
  query (expression: string): Promise<Series[]>
  labelValues (label: string, metric: string): Promise<string[]>
  stop (): Promise<void>
}

/**
 * @param target - host and port to scrape, each second
 * @param folder - an empty one
 */
export async function startPrometheus (target: string, folder: string): Promise<Prometheus> {
  const config = join(folder, 'prometheus.yml')
  const port = await freePort()

  // JSON is YAML
  await writeFile(config, JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'libp2p', static_configs: [{ targets: [target] }] }]
  }))

  const child = spawn('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`
  ], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const ready = Promise.withResolvers<void>()
  const lines: string[] = []

  createInterface(child.stderr).on('line', line => {
    lines.push(line)

    if (line.includes('Server is ready to receive web requests')) {
      ready.resolve()
    }
  })
  exited.then(() => { ready.reject(new Error(`Prometheus has ended:\n${lines.join('\n')}`)) }, ready.reject)
  await ready.promise

  async function ask (path: string): Promise<any> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
    const { status, data, error } = await response.json() as any

    if (status !== 'success') {
      throw new Error(`${path}: ${error}`)
    }

    return data
  }

  return {
    async query (expression) {
      const { result } = await ask(`query?${new URLSearchParams({ query: expression })}`)

      return result.map(({ metric, value: [, value] }: any) => ({ metric, value: Number(value) }))
    },
    labelValues: async (label, metric) => ask(`label/${label}/values?${new URLSearchParams({ 'match[]': metric })}`),
    async stop () {
      child.kill('SIGTERM')
      await exited
    }
  }
}
