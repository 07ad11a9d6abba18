/**
 * The scenarios for dialers in a page of a browser.
 */
import { scenario, WAITING } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/**
 * More than can be sent until the page is closed, in bytes
 */
const MORE_THAN_ENOUGH = 1024 * 1024 * 1024

export const PAGE_SCENARIOS: Scenario[] = [
  // a page can have about 500 at a time, and those that are closed count until they are collected
  scenario(({ connections }) => `${connections} connections, one after another`, async trial => {
    const { dialer, listener } = trial
    const dials: number[] = []

    while (dials.length < trial.size.connections) {
      const { ms } = await dialer.ask('dial', { address: listener.process.ready.addrs[0] }, undefined, 20)
      dials.push(ms)
      await dialer.ask('close', {}, listener)
    }

    dials.sort((a, b) => a - b)
    trial.figure('dial, median', dials[Math.floor(dials.length / 2)], 'ms')
    trial.figure('dial, longest', dials[dials.length - 1], 'ms')
  }, { isFor: ({ dialer, listener }) => dialer.isPage === true && listener.name === 'ours', timeout: ({ connections }) => Math.max(90, connections) }),

  scenario('the page is closed with data in flight', async trial => {
    const { dialer, listener } = trial
    await trial.connect()

    const holding = await trial.hold()
    const exchange = dialer.process.command('exchange', { peer: listener.id, protocol: 'echo', bytes: MORE_THAN_ENOUGH }, 120)

    // it comes back among the data
    await dialer.ask('ping', { count: 1 }, listener)

    const start = performance.now()
    await dialer.ask('leave')

    const { ok } = await exchange

    if (ok) {
      throw new Error(`${dialer}: the exchange was over before the page was closed`)
    }

    // its process is ended, and says nothing
    const noticed = await trial.noticesEnd(listener, holding, listener.kind.noticesLoss)
    trial.figure('noticed after', noticed - start, 'ms')
  }, { ...WAITING, isFor: ({ dialer }) => dialer.isPage === true })
]
