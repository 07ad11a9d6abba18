/**
 * What went in and out of a process, with the time: to a file, or nowhere.
 */
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { WriteStream } from 'node:fs'

export class ProcessLog {
  private readonly file?: WriteStream

  constructor (folder: string | undefined, name: string) {
    if (folder != null) {
      mkdirSync(folder, { recursive: true })
      this.file = createWriteStream(join(folder, `${name}.log`))
    }
  }

  command (line: string): void {
    this.write('>', line)
  }

  output (line: string): void {
    this.write('<', line)
  }

  stderr (line: string): void {
    this.write('!', line)
  }

  note (text: string): void {
    this.write('#', text)
  }

  private write (mark: string, line: string): void {
    this.file?.write(`${new Date().toISOString()} ${mark} ${line}\n`)
  }
}
