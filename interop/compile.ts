/**
 * Builds programs that are in other languages.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export interface Build {
  /**
   * What is missing, and where to get it
   */
  missing (): string | undefined

  /**
   * @throws {Error} if it can't be built
   */
  run (say: (line: string) => void): Promise<void>
}

export interface Compiler {
  tool: string

  /**
   * Where to get it
   */
  advice: string
  folder: string

  /**
   * Commands, one after the other
   */
  steps: string[][]
  env? (): NodeJS.ProcessEnv

  /**
   * What else is needed, for when it fails
   */
  hint?: string

  /**
   * What was built, for tools that don't find out themselves whether there is
   * anything to do: where it is noted, and what is noted there
   */
  stamp?: { path: string, content (): string }
}

/**
 * @param programs - what it builds, in the plural
 * @param compiler - what builds it
 */
export function compile (programs: string, compiler: Compiler): Build {
  const { tool, advice, folder, steps, stamp } = compiler

  return {
    missing: () => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error == null ? undefined : `${tool} is missing, ${advice}`,

    async run (say) {
      if (!existsSync(folder)) {
        throw new Error(`The ${programs} can't be built: ${folder} is missing`)
      }

      const content = stamp?.content()

      if (stamp != null && existsSync(stamp.path) && readFileSync(stamp.path, 'utf8') === content) {
        return
      }

      const start = performance.now()

      for (const step of steps) {
        say(`building the ${programs}: ${step.join(' ')}`)
        await runStep(programs, step, compiler)
      }

      if (stamp != null && content != null) {
        writeFileSync(stamp.path, content)
      }

      say(`built the ${programs} in ${Math.round((performance.now() - start) / 1000)} s`)
    }
  }
}

async function runStep (programs: string, [command, ...args]: string[], { env, folder, hint }: Compiler): Promise<void> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env?.() },

    // what it says is progress; standard output is for results
    stdio: ['ignore', 2, 2]
  })
  const [code] = await once(child, 'close')

  if (code !== 0) {
    throw new Error(`The ${programs} were not built, ${command} ended with exit code ${code}${hint == null ? '' : `: ${hint}`}`)
  }
}
