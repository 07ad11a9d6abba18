/**
 * A failure on the page: words first, then what is underneath.
 */
import { create } from './elements.ts'
import { PHASES } from './failure.ts'
import type { Failure } from './failure.ts'

export function showFailure (place: HTMLElement, { title, explanation, advice, phase, detail }: Failure): void {
  const reached = PHASES.findIndex(step => step.phase === phase)
  const alert = create('div', { role: 'alert' }, create('h3', {}, title))
  const panel = create('div', { class: 'failure' }, alert)

  alert.append(create('p', {}, explanation))

  if (advice != null) {
    alert.append(create('p', {}, advice))
  }

  if (reached !== -1) {
    const { name, question } = PHASES[reached]

    // the row of phases says the same to the eyes
    alert.append(create('p', { class: 'phase' }, `Failed in phase ${reached + 1} of ${PHASES.length}, ${name}: ${question}`))
    panel.append(create('ol', { class: 'phases', 'aria-hidden': 'true' }, ...PHASES.map(({ name }, i) =>
      create('li', { class: placeOf(i - reached) }, name))))
  }

  panel.append(create('details', {}, create('summary', {}, 'Details'), create('pre', { tabindex: '0' }, detail)))
  place.replaceChildren(panel)
}

export function hideFailure (place: HTMLElement): void {
  place.replaceChildren()
}

function placeOf (distance: number): string {
  if (distance === 0) {
    return 'failed'
  }

  return distance < 0 ? 'passed' : 'ahead'
}
