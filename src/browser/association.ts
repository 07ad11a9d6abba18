/**
 * Is the SCTP association still there?
 *
 * Chromium says nothing when the remote shuts it down (`DcSctpTransport::OnClosed`),
 * which is how libdatachannel ends a connection. It is noticed 17 s later, by ICE.
 * But then no channel comes to be open any more, not even one that was negotiated
 * out of band, of which nothing is sent and no remote knows.
 *
 * Only such a one tells. Others are open at once in Chromium, but in Firefox when the
 * remote has acknowledged them, which takes a round trip and as long as the remote likes:
 *
 * | a channel                                                 | then                                  |
 * |-----------------------------------------------------------|---------------------------------------|
 * | is open in time, or once the browser has answered another question | the association is there     |
 * | is late                                                   | another one is negotiated out of band |
 * | is late still when the one that was negotiated is open    | this browser waits for the remote: the next ones are not watched |
 * | that was negotiated is late                               | the association is gone               |
 */
import type { Clock } from '../clock.ts'

/**
 * How long an association that lives may need to open a channel that was negotiated out
 * of band, in ms. Chromium and Firefox take less than five. A page that is busy hears of
 * it later: then the browser is asked for something else, and what it has said before has
 * come.
 */
const OPEN_TIMEOUT = 100

export interface AssociationInit {
  pc: RTCPeerConnection
  clock: Clock

  /**
   * Ids that are used for nothing else: each look takes one
   */
  ids: readonly number[]

  /**
   * It is gone
   */
  onGone (): void
}

export class Association {
  private readonly clock: Clock
  private readonly onGone: () => void
  private readonly ids: number[]
  private pc?: RTCPeerConnection
  private readonly cancels = new Set<() => void>()

  // what nobody refers to is collected, and closed
  private readonly negotiated = new Set<RTCDataChannel>()

  // channels that are to open: those of the last look at them, and others
  private due: RTCDataChannel[] = []
  private opening: RTCDataChannel[] = []

  // one that is late, because the association is gone or because the browser waits for
  // the remote
  private late?: RTCDataChannel
  private waitsForRemote = false

  constructor (init: AssociationInit) {
    this.pc = init.pc
    this.clock = init.clock
    this.onGone = init.onGone
    this.ids = [...init.ids]
  }

  /**
   * Takes an id that the browser would give to the next channel
   */
  reserve (id: number): void {
    this.openNegotiated(id)
  }

  look (): void {
    const id = this.ids.pop()
    const channel = id == null ? undefined : this.openNegotiated(id)

    if (channel != null) {
      channel.onopen = () => { this.onOpen() }
      this.watch(channel)
    }
  }

  /**
   * The association is there
   */
  private onOpen (): void {
    this.waitsForRemote ||= this.late != null && isConnecting(this.late)
    this.late = undefined
  }

  /**
   * The same in so many ms
   */
  lookIn (delay: number): void {
    this.after(delay, () => { this.look() })
  }

  /**
   * A channel was made
   */
  expectOpen (channel: RTCDataChannel): void {
    if (!this.waitsForRemote) {
      this.watch(channel)
    }
  }

  stop (): void {
    this.pc = undefined
    this.cancels.forEach(cancel => { cancel() })
    this.cancels.clear()
    this.negotiated.clear()
    this.due = []
    this.opening = []
    this.late = undefined
  }

  private watch (channel: RTCDataChannel): void {
    this.opening.push(channel)

    if (this.opening.length === 1 && this.due.length === 0) {
      this.startTimer()
    }
  }

  /**
   * One timer for all
   */
  private startTimer (): void {
    this.after(OPEN_TIMEOUT, () => {
      const overdue = this.due.filter(channel => isConnecting(channel) && this.tells(channel))
      const first = overdue.find(channel => this.negotiated.has(channel)) ?? overdue.at(0)

      if (first != null) {
        void this.confirm(first)
        return
      }

      this.due = this.opening.filter(isConnecting)
      this.opening = []

      if (this.due.length > 0) {
        this.startTimer()
      }
    })
  }

  /**
   * Whether it means something that the channel is late
   */
  private tells (channel: RTCDataChannel): boolean {
    return this.negotiated.has(channel) || (this.late == null && !this.waitsForRemote)
  }

  private async confirm (channel: RTCDataChannel): Promise<void> {
    try {
      await this.pc?.getStats()
      await this.pc?.getStats()
    } catch {
      // the connection is closed
    }

    if (this.pc == null) {
      return
    }

    if (isConnecting(channel)) {
      if (this.negotiated.has(channel)) {
        this.onGone()
        return
      }

      this.late = channel
      this.look()
    }

    this.startTimer()
  }

  private openNegotiated (id: number): RTCDataChannel | undefined {
    try {
      const channel = this.pc?.createDataChannel('', { negotiated: true, id })

      if (channel != null) {
        this.negotiated.add(channel)
      }

      return channel
    } catch {
      // the connection is closed, or the id is not free yet
    }
  }

  private after (delay: number, then: () => void): void {
    const cancel = this.clock.after(delay, () => {
      this.cancels.delete(cancel)
      then()
    })

    this.cancels.add(cancel)
  }
}

function isConnecting ({ readyState }: RTCDataChannel): boolean {
  return readyState === 'connecting'
}
