/**
 * Whether everybody can use the page: with a keyboard, with a screen reader, on a
 * small screen, in the dark
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect } from 'aegir/chai'
import { deadPort } from '../support/loopback-nodes.ts'
import { Example } from './example-page.ts'
import type { ExamplePage } from './example-page.ts'
import type { AxeResults } from 'axe-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/**
 * The narrowest has to do without scrolling sideways too (WCAG 1.4.10)
 */
const WIDTHS = [320, 360, 768, 1_440]

const SCHEMES = ['light', 'dark'] as const

/**
 * What axe-core finds, with the elements
 */
async function violations ({ page }: ExamplePage): Promise<string[]> {
  await page.evaluate(await readFile(AXE, 'utf8'))
  const results: AxeResults = await page.evaluate(async () => (window as any).axe.run({ resultTypes: ['violations'] }))

  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}

async function overflow ({ page }: ExamplePage): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement

    // also what is cut off
    const wide = [...document.body.querySelectorAll('*')]
      .filter(element => element.closest('.spoken') == null && element.getBoundingClientRect().right > clientWidth + 0.5)
      .map(element => element.outerHTML)

    return scrollWidth > clientWidth ? [`${scrollWidth} > ${clientWidth}`, ...wide] : wide
  })
}

/**
 * The name of what has the focus
 */
async function focused ({ page }: ExamplePage): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: element } = document

    return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
      ? element.labels?.[0]?.textContent?.trim() ?? ''
      : element?.textContent?.trim() ?? ''
  })
}

describe('the page for everybody', () => {
  let example: Example

  before(async () => { example = await Example.start() })

  after(async () => { await example.stop() })

  afterEach(async () => { await example.closePages() })

  async function examine (width: number, colorScheme: typeof SCHEMES[number]): Promise<void> {
    const dead = await deadPort()
    const page = await example.open(undefined, { viewport: { width, height: 800 }, colorScheme })

    try {
      expect(await violations(page), 'before it connects').to.deep.equal([])
      expect(await overflow(page), 'before it connects').to.deep.equal([])

      await page.connect()
      await page.pinged()
      await page.send({ name: `${'a-long-name-without-a-break'.repeat(4)}.bin`, mimeType: '', buffer: Buffer.alloc(1_000_000) })
      expect(await violations(page), 'connected').to.deep.equal([])
      expect(await overflow(page), 'connected').to.deep.equal([])

      await page.button('Disconnect').click()
      await page.address.fill(example.address.replace(/udp\/\d+/, `udp/${dead.port}`))
      await page.button('Connect').click()
      await page.alert.waitFor()
      await page.page.getByText('Details').click()
      expect(await violations(page), 'failed').to.deep.equal([])
      expect(await overflow(page), 'failed').to.deep.equal([])

      await page.address.fill('nonsense')
      await page.button('Connect').click()
      await page.page.getByText(/^This is not a multiaddr/).waitFor()
      expect(await violations(page), 'refused').to.deep.equal([])
    } finally {
      dead.close()
    }
  }

  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      it(`has no barriers and needs no scrolling sideways at ${width} px, ${colorScheme}`, async () => examine(width, colorScheme))
    }
  }

  it('is light or dark as the system is', async () => {
    const backgrounds = await Promise.all(SCHEMES.map(async colorScheme => {
      const { page } = await example.open(undefined, { colorScheme })

      return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    }))

    expect(backgrounds).to.deep.equal(['rgb(244, 245, 248)', 'rgb(13, 16, 21)'])
  })

  it('can be used with the keyboard alone', async () => {
    const page = await example.open()
    const { keyboard } = page.page

    // before the key is pressed
    page.page.on('filechooser', () => {})

    const tabTo = async (name: string): Promise<void> => {
      await keyboard.press('Tab')
      expect(await focused(page)).to.equal(name)

      // whoever tabs has to see where they are
      const outline = await page.page.evaluate(() => {
        const element = document.activeElement?.closest('.drop') ?? document.activeElement

        return element == null ? '' : getComputedStyle(element).outlineStyle
      })
      expect(outline, name).to.equal('solid')
    }

    await tabTo('Address')
    await tabTo('Connect')
    await tabTo('Copy link')
    await keyboard.press('Shift+Tab')
    await keyboard.press('Shift+Tab')

    // an address has one line
    await keyboard.press('Enter')
    await page.until(page.state, 'Connected')

    await tabTo('Disconnect')
    await tabTo('Copy link')
    await tabTo('Pause')
    await keyboard.press('Space')
    await page.button('Start pinging').waitFor()
    await keyboard.press('Space')
    await page.button('Pause').waitFor()

    await tabTo('Choose a file or drop it here')
    const chooser = page.page.waitForEvent('filechooser')
    await keyboard.press('Space')
    await (await chooser).setFiles({ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
    await page.until(page.verdict, 'The same bytes came back.')
    await page.until(page.announcer, 'The same bytes came back.')

    await page.file.focus()
    await tabTo('Send 16 MiB of random bytes')
    await keyboard.press('Enter')
    await page.button('Cancel').focus()
    await keyboard.press('Enter')
    await page.until(page.verdict, 'You cancelled it.')
    expect(await focused(page)).to.equal('Choose a file or drop it here')

    await page.address.focus()
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    await page.until(page.state, 'Disconnected')
    expect(await focused(page)).to.equal('Connect')
  })

  it('tells who listens to it what happens', async () => {
    const page = await example.open()
    const said = await page.page.evaluateHandle(() => {
      const said: string[] = []
      const announcer = document.querySelector('[role=status]')

      if (announcer != null) {
        new MutationObserver(() => { said.push(announcer.textContent ?? '') }).observe(announcer, { childList: true, characterData: true, subtree: true })
      }

      return said
    })

    await page.connect()
    await page.send({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(8_000_000) })
    await page.button('Disconnect').click()
    await page.until(page.state, 'Disconnected')

    const texts = await said.jsonValue()
    expect(texts.map(text => text.replace(/[\d.]+ ms/, 'N ms')).filter(text => !text.endsWith('% came back'))).to.deep.equal([
      'Connecting', 'Connected in N ms', 'Sending photo.jpg', 'The same bytes came back.', 'Disconnected'
    ])

    // and nothing ten times a second
    expect(texts.length).to.be.lessThan(9)
  })

  it('moves nothing where somebody wants no motion', async () => {
    const dead = await deadPort()

    try {
      for (const [reducedMotion, animation] of [['no-preference', 'pulse'], ['reduce', 'none']] as const) {
        const page = await example.open(example.address.replace(/udp\/\d+/, `udp/${dead.port}`), { reducedMotion })
        await page.button('Connect').click()
        await page.until(page.state, 'Connecting…')
        expect(await page.page.locator('.dot').evaluate(element => getComputedStyle(element).animationName)).to.equal(animation)
      }
    } finally {
      dead.close()
    }
  })
})
