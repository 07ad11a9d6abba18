/**
 * What can be measured on this machine.
 */
import { GO_BUILD } from './ends/go.ts'
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { OTHERS } from './ends/others.ts'
import type { Implementation } from './ends/implementations.ts'

type Say = (line: string) => void

/**
 * Makes sure of what an implementation needs, and throws if it is missing
 */
type Need = (say: Say) => Promise<void>

const NEEDS: Partial<Record<Implementation, Need>> = {
  async quic () {
    const { loadQuic } = await import(OTHERS)
    await loadQuic()
  },

  async go (say) {
    const missing = GO_BUILD.missing()

    if (missing != null) {
      throw new Error(missing)
    }

    await GO_BUILD.run(say)
  }
}

/**
 * Builds what has to be built, and says what is left out, in one line each
 */
export async function available (names: Implementation[], say: Say, needs = NEEDS): Promise<Implementation[]> {
  const found: Implementation[] = []

  for (const name of names) {
    try {
      await needs[name]?.(say)
      found.push(name)
    } catch (err: any) {
      say(`${IMPLEMENTATIONS[name].title} is left out: ${err.message.split('\n')[0]}`)
    }
  }

  return found
}
