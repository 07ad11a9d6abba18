/* eslint-disable no-console */
import { expect } from 'aegir/chai'
import { walk } from './walk.ts'
import type { Report, WalkInit } from './walk.ts'

/**
 * Walks one after the other: none stops where one before has done so
 */
export class Walked {
  private readonly points = new Set<string>()
  private readonly reached = new Set<string>()

  /**
   * @param init
   * @param init.again - whether to stop at known points as well
   */
  async walk ({ again = false, ...init }: WalkInit & { again?: boolean }): Promise<Report> {
    const report = await walk({ ...init, except: again ? undefined : this.points })
    const { points, reached, runs, findings } = report

    console.log(`      ${points.length} points, ${runs} runs`)
    expect(findings).to.deep.equal([])
    expect(runs).to.be.greaterThan(1)

    points.forEach(point => this.points.add(point))
    reached.forEach(point => this.reached.add(point))

    return report
  }

  /**
   * Those that no run has come to
   */
  missed (sites: readonly string[]): string[] {
    return sites.filter(site => ![...this.reached].some(point => point.startsWith(`${site} begins`)))
  }
}
