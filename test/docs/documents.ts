/**
 * What the documentation is made of: texts, headings, links, and what is in fences.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import GithubSlugger from 'github-slugger'
import MarkdownIt from 'markdown-it'
import type { Token } from 'markdown-it'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * What is not ours to check, or written by a program
 */
const OTHERS = /^(?:LICENSE|interop\/RESULTS\.md)/

export interface Fence {
  language: string
  content: string

  /**
   * The paragraph before it
   */
  before: string
}

export interface Document {
  /**
   * From the root of the repository
   */
  path: string
  text: string
  fences: Fence[]

  /**
   * What can be linked to behind a `#`
   */
  anchors: Set<string>

  /**
   * Where its links and pictures lead
   */
  links: string[]

  /**
   * The cells of its tables, row by row
   */
  rows: string[][]
}

const parser = new MarkdownIt({ html: true })

/**
 * All of them, in the order of their names
 */
export function documents (): Document[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .trim().split('\n')
    .filter(path => !OTHERS.test(path))
    .sort()
    .map(readDocument)
}

export function readDocument (path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const tokens = parser.parse(text, {})
  const slugger = new GithubSlugger()
  const document: Document = { path, text, fences: [], anchors: new Set(), links: [], rows: [] }
  let before = ''

  tokens.forEach((token, i) => {
    switch (token.type) {
      case 'heading_open':
        document.anchors.add(slugger.slug(plain(tokens[i + 1])))
        break
      case 'inline':
        before = token.content
        document.links.push(...linksOf(token))

        if (tokens[i - 1].type === 'th_open' || tokens[i - 1].type === 'td_open') {
          document.rows.at(-1)?.push(token.content)
        }
        break
      case 'tr_open':
        document.rows.push([])
        break
      case 'fence':
        document.fences.push({ language: token.info.trim(), content: token.content, before })
        break
      case 'html_block':
        document.links.push(...linksOfHtml(token.content))
        break
      default:
    }
  })

  return document
}

/**
 * A link as a path from the root, and what is behind its `#`
 */
export function resolveLink (from: Document, link: string): { path: string, anchor?: string } {
  const [path, anchor] = link.split('#')

  return { path: path === '' ? from.path : relative('.', join(dirname(from.path), path)), anchor }
}

function plain (inline: Token): string {
  return (inline.children ?? []).map(({ content }) => content).join('')
}

function linksOf ({ children }: Token): string[] {
  return (children ?? []).flatMap(child => {
    switch (child.type) {
      case 'link_open': return [`${child.attrGet('href') ?? ''}`]
      case 'image': return [`${child.attrGet('src') ?? ''}`]
      case 'html_inline': return linksOfHtml(child.content)
      default: return []
    }
  })
}

function linksOfHtml (html: string): string[] {
  return [...html.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g)].map(([, link]) => link)
}
