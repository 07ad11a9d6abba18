/**
 * The elements of `index.html`, and what is written into them.
 */

/**
 * @throws {Error} if there is no such element
 */
export function byId <Type extends HTMLElement> (id: string, type: new () => Type): Type {
  const element = document.getElementById(id)

  if (!(element instanceof type)) {
    throw new Error(`There is no ${type.name} #${id}`)
  }

  return element
}

/**
 * Leaves what is there already alone: it may be selected, or just read out
 */
export function write (element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text
  }
}

export function create <Name extends keyof HTMLElementTagNameMap> (name: Name, attributes: Record<string, string> = {}, ...children: Array<Node | string>): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)

  Object.entries(attributes).forEach(([name, value]) => { element.setAttribute(name, value) })
  element.append(...children)

  return element
}

/**
 * Says something to whoever listens to the page instead of looking at it
 */
export function announce (text: string): void {
  byId('announcer', HTMLElement).textContent = text
}
