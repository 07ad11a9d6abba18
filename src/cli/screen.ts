/**
 * A screen of a terminal that is drawn again and again, and gone when it is left.
 *
 * The alternate screen: what was on the terminal before is not touched, and nothing
 * has to be known of how lines were wrapped when its size changes.
 */
import type { WriteStream } from 'node:tty'

// DEC private modes (ctlseqs of xterm)
const ALTERNATE_SCREEN = 1049
const CURSOR = 25

const set = (mode: number): string => `\x1b[?${mode}h`
const reset = (mode: number): string => `\x1b[?${mode}l`

const HOME = '\x1b[H'
const CLEAR_REST_OF_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

export interface Size {
  columns: number
  rows: number
}

export class Screen {
  private readonly stream: WriteStream
  private readonly render: (size: Size) => string[]

  /**
   * @param stream - of the terminal
   * @param render - lines that fit
   */
  constructor (stream: WriteStream, render: (size: Size) => string[]) {
    this.stream = stream
    this.render = render
  }

  enter (): void {
    this.show()
    this.stream.on('resize', this.draw)
    process.on('exit', this.hide)
    process.on('SIGTSTP', this.suspend)
    process.on('SIGCONT', this.show)
  }

  leave (): void {
    this.stream.off('resize', this.draw)
    process.off('exit', this.hide)
    process.off('SIGTSTP', this.suspend)
    process.off('SIGCONT', this.show)
    this.hide()
  }

  readonly draw = (): void => {
    // a terminal that does not know how large it is
    const { columns = 80, rows = 24 } = this.stream
    const lines = this.render({ columns: columns || 80, rows: rows || 24 })

    this.stream.write(HOME + lines.map(line => line + CLEAR_REST_OF_LINE).join('\r\n') + CLEAR_BELOW)
  }

  private readonly show = (): void => {
    this.stream.write(set(ALTERNATE_SCREEN) + reset(CURSOR))
    this.draw()
  }

  private readonly hide = (): void => {
    this.stream.write(reset(ALTERNATE_SCREEN) + set(CURSOR))
  }

  /**
   * Ctrl-Z
   */
  private readonly suspend = (): void => {
    this.hide()
    process.kill(process.pid, 'SIGSTOP')
  }
}
