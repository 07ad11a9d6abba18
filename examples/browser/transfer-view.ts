/**
 * Shows a file that is sent and comes back.
 */
import { formatBytes, formatRate } from '../../src/cli/format.ts'
import { announce, byId, write } from './elements.ts'
import { formatElapsed, NONE } from './figures.ts'
import { MAX_KEPT } from './file-echo.ts'
import type { FileEcho } from './file-echo.ts'
import type { Progress } from './transfer.ts'

/**
 * The part of a transfer after which its progress is said again
 */
const SAID_EVERY = 0.25

export class TransferView {
  private readonly view = byId('transfer', HTMLElement)
  private readonly name = byId('file-name', HTMLElement)
  private readonly save = byId('save', HTMLAnchorElement)
  private readonly bar = byId('progress', HTMLProgressElement)
  private readonly moved = byId('moved', HTMLElement)
  private readonly rate = byId('rate', HTMLElement)
  private readonly timeLabel = byId('time-label', HTMLElement)
  private readonly time = byId('time', HTMLElement)
  private readonly verdict = byId('verdict', HTMLElement)
  private readonly checksums = byId('checksums', HTMLElement)
  private readonly sha256Sent = byId('sha256-sent', HTMLElement)
  private readonly sha256Received = byId('sha256-received', HTMLElement)
  private said = 0

  begin (file: File): void {
    this.said = 0
    this.forgetReceived()
    this.view.hidden = false
    this.verdict.hidden = true
    this.checksums.hidden = true

    write(this.name, file.name)
    write(this.timeLabel, 'Time left')
    this.progress({ bytes: 0, size: file.size, fraction: 0 })
    announce(`Sending ${file.name}`)
  }

  progress ({ bytes, size, fraction, rate, remaining }: Progress): void {
    this.bar.value = fraction
    write(this.moved, `${formatBytes(bytes)} of ${formatBytes(size)}`)
    write(this.rate, rate == null ? NONE : `${formatBytes(Math.round(rate))}/s`)
    write(this.time, remaining == null ? NONE : formatElapsed(remaining))

    if (fraction < 1 && fraction >= this.said + SAID_EVERY) {
      this.said = fraction - fraction % SAID_EVERY
      announce(`${100 * this.said} % came back`)
    }
  }

  finish (file: File, { equal, bytesReceived, sha256, sha256Received, received }: FileEcho, elapsed: number): void {
    this.bar.value = equal ? 1 : this.bar.value
    write(this.moved, formatBytes(bytesReceived))
    write(this.rate, formatRate(bytesReceived, elapsed))
    this.took(elapsed)

    this.judge(equal ? 'good' : 'bad', equal ? 'The same bytes came back.' : 'Other bytes came back than were sent.')
    this.checksums.hidden = false
    write(this.sha256Sent, sha256)
    write(this.sha256Received, sha256Received)

    if (received != null) {
      this.save.href = URL.createObjectURL(received)
      this.save.download = file.name
      this.save.hidden = false
    } else {
      this.verdict.append(` Only its checksum was kept: it is larger than ${formatBytes(MAX_KEPT)}.`)
    }
  }

  /**
   * It has ended before it was complete
   */
  stop (reason: string, elapsed: number): void {
    write(this.rate, NONE)
    this.took(elapsed)
    this.judge('neutral', reason)
  }

  private took (elapsed: number): void {
    write(this.timeLabel, 'Took')
    write(this.time, formatElapsed(elapsed))
  }

  private judge (kind: 'good' | 'bad' | 'neutral', text: string): void {
    this.verdict.dataset.kind = kind
    this.verdict.hidden = false
    write(this.verdict, text)
    announce(text)
  }

  private forgetReceived (): void {
    if (!this.save.hidden) {
      URL.revokeObjectURL(this.save.href)
      this.save.hidden = true
    }
  }
}
