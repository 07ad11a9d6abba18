import { raceSignal } from 'race-signal'
import { soon, systemClock } from './clock.ts'
import type { Clock } from './clock.ts'

/**
 * For how long those who waited are let through in one turn of the event loop, in ms
 */
const BUDGET = 20

/**
 * How many they are at most
 */
const AT_ONCE = 32

/**
 * Lets a few through in each turn of the event loop. Each step of setting up a connection
 * takes milliseconds of cryptography, and the packets of many remotes are handed over at
 * once: one step after another, they would hold up everything else for as long as all of
 * them take.
 *
 * | state   | event                                          | next    | and                  |
 * |---------|------------------------------------------------|---------|----------------------|
 * | `free`  | somebody comes                                 | `taken` | goes through at once |
 * | `taken` | somebody comes                                 | `taken` | is last in the line  |
 * | `taken` | the event loop comes round, and somebody waits | `taken` | the first goes through, and others behind it until `BUDGET` is used up |
 * | `taken` | the event loop comes round, and nobody waits   | `free`  |                      |
 *
 * What a step has begun goes on, as far as it waits for nothing but promises, before the
 * next one is let through. Not one in a turn: a turn is not free, the native stack has some
 * handles for each connection, which Node.js looks at each time.
 */
export class Turnstile {
  private readonly clock: Pick<Clock, 'now'>
  private readonly line: Array<() => void> = []
  private isTaken = false

  constructor (clock: Pick<Clock, 'now'> = systemClock) {
    this.clock = clock
  }

  /**
   * Calls back at once, or when it is its turn. The step may not throw.
   */
  enter (step: () => void): void {
    if (this.isTaken) {
      this.line.push(step)
    } else {
      this.isTaken = true
      this.turn()
      step()
    }
  }

  /**
   * Waits for its turn, unless the signal aborts
   */
  async pass (signal: AbortSignal): Promise<void> {
    await raceSignal(new Promise<void>(resolve => { this.enter(resolve) }), signal)
  }

  private turn (): void {
    let end: number | undefined

    const letThrough = (): void => {
      const now = this.clock.now()
      end ??= now + BUDGET

      if (now < end) {
        this.line.shift()?.()
      }
    }

    for (let count = Math.min(this.line.length, AT_ONCE); count > 0; count--) {
      soon(letThrough)
    }

    soon(() => {
      if (this.line.length > 0) {
        this.turn()
      } else {
        this.isTaken = false
      }
    })
  }
}

/**
 * That of the process: all transports share the event loop
 */
export const setUpTurnstile = new Turnstile()
