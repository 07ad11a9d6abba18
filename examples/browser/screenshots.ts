/* eslint-disable no-console */
/**
 * Takes the pictures of the page that are in the README.
 */
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Example } from '../../test/browser/example-page.ts'
import { WINDOW } from './ping-window.ts'

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url))

const WIDTHS = [360, 1_440]
const SCHEMES = ['light', 'dark'] as const

/**
 * How long the page is pinging, in ms: until the chart is full
 */
const PINGING = WINDOW + 2_000

const PHOTO = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: randomBytes(12_345_678) }

// letters without coloured edges, which not every screen has, and half the bytes
const example = await Example.start({ args: ['--disable-lcd-text', '--font-render-hinting=none'] })

async function take (width: number, colorScheme: typeof SCHEMES[number]): Promise<void> {
  const page = await example.open(undefined, { viewport: { width, height: 900 }, colorScheme })
  const path = `${DOCS}page-${width}-${colorScheme}.png`

  await page.connect()
  await page.send(PHOTO)
  await page.page.waitForTimeout(PINGING)
  await page.page.screenshot({ path, fullPage: true })
  console.log(path, (await stat(path)).size)
}

try {
  // one at a time: they would slow each other down
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      await take(width, colorScheme)
      await example.closePages()
    }
  }
} finally {
  await example.stop()
}
