/**
 * Which file is sent, and when.
 */
import { pEvent } from 'p-event'
import { ECHO_PROTOCOL } from '../../src/cli/send-back.ts'
import { byId } from './elements.ts'
import { hideFailure, showFailure } from './failure-panel.ts'
import { describeFailure } from './failure.ts'
import { echoFile } from './file-echo.ts'
import { randomFile } from './random-file.ts'
import { TransferView } from './transfer-view.ts'
import { Transfer } from './transfer.ts'
import type { Session } from './session.ts'

/**
 * In bytes
 */
const RANDOM_SIZE = 16 * 1024 * 1024

/**
 * How often progress is shown, in ms
 */
const REFRESH = 100

/**
 * How long after its streams a connection mostly ends, in ms, and how long after them
 * on a machine that is busy: then what was said of the stream is said anew
 */
const SETTLE = 300
const LATE = 10_000

const ENDED = 'The connection ended before all of it had come back.'

export class FileCard {
  private readonly session: Session
  private readonly drop = byId('drop', HTMLLabelElement)
  private readonly input = byId('file', HTMLInputElement)
  private readonly random = byId('random', HTMLButtonElement)
  private readonly cancel = byId('cancel', HTMLButtonElement)
  private readonly failure = byId('file-failure', HTMLElement)
  private readonly view = new TransferView()
  private sending?: AbortController
  private latest?: AbortSignal

  constructor (session: Session) {
    this.session = session
  }

  start (): void {
    this.input.addEventListener('change', () => {
      const file = this.input.files?.[0]

      // the same file can be chosen again
      this.input.value = ''
      this.send(file)
    })
    this.random.addEventListener('click', () => { this.send(randomFile(RANDOM_SIZE)) })
    this.cancel.addEventListener('click', () => { this.sending?.abort() })
    this.session.addEventListener('change', () => { this.render() })
    this.acceptDrops()
  }

  private acceptDrops (): void {
    // the browser would open the file
    for (const type of ['dragover', 'drop']) {
      document.addEventListener(type, (event) => { event.preventDefault() })
    }

    this.drop.addEventListener('dragover', () => { this.drop.classList.add('over') })
    this.drop.addEventListener('dragleave', () => { this.drop.classList.remove('over') })
    this.drop.addEventListener('drop', (event) => {
      this.drop.classList.remove('over')
      this.send(event.dataTransfer?.files[0])
    })
  }

  private send (file?: File): void {
    if (file == null || this.sending != null || this.session.state.is !== 'connected') {
      return
    }

    this.sending = new AbortController()
    this.latest = this.sending.signal
    this.view.begin(file)
    hideFailure(this.failure)
    this.render()

    void this.exchange(file, this.sending.signal).finally(() => {
      this.sending = undefined
      this.render()
    })
  }

  private async exchange (file: File, signal: AbortSignal): Promise<void> {
    const start = performance.now()
    const transfer = new Transfer(file.size, start)
    let sent = 0
    let received = 0
    const timer = setInterval(() => {
      this.view.progress(transfer.progress(received, performance.now()))
    }, REFRESH)

    try {
      const stream = await this.session.openStream(ECHO_PROTOCOL, signal)
      const result = await echoFile(stream, file, {
        signal,
        onProgress: (bytesSent, bytesReceived) => {
          this.session.count(bytesSent - sent, bytesReceived - received)
          sent = bytesSent
          received = bytesReceived
        }
      })

      this.view.finish(file, result, performance.now() - start)
    } catch (err) {
      const elapsed = performance.now() - start

      if (signal.aborted) {
        this.view.stop('You cancelled it.', elapsed)
      } else if (await this.connectionEnds(SETTLE)) {
        this.view.stop(ENDED, elapsed)
      } else {
        this.view.stop('It did not come back.', elapsed)
        showFailure(this.failure, describeFailure(err, 'send-file'))
        void this.explainLater(signal, elapsed)
      }
    } finally {
      clearInterval(timer)
    }
  }

  /**
   * Streams are told of the end of the connection before the session is
   */
  private async connectionEnds (timeout: number): Promise<boolean> {
    if (this.session.state.is === 'connected') {
      await pEvent(this.session, 'change', { timeout }).catch(() => {})
    }

    return this.session.state.is !== 'connected'
  }

  /**
   * It was the end of the connection that ended the stream
   */
  private async explainLater (signal: AbortSignal, elapsed: number): Promise<void> {
    const hasEnded = await this.connectionEnds(LATE)
    const { state } = this.session

    if (hasEnded && state.is === 'ended' && state.by !== 'us' && this.latest === signal) {
      hideFailure(this.failure)
      this.view.stop(ENDED, elapsed)
    }
  }

  private render (): void {
    const ready = this.session.state.is === 'connected' && this.sending == null
    const hadFocus = document.activeElement === this.cancel

    this.input.disabled = !ready
    this.random.disabled = !ready
    this.drop.classList.toggle('disabled', !ready)
    this.cancel.hidden = this.sending == null

    // what has the focus must not vanish under the hands
    if (hadFocus && this.cancel.hidden) {
      this.input.focus()
    }
  }
}
