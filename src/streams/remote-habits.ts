/**
 * May frames go out together, several in one message? A remote that reads a stream of
 * bytes does not mind, and each message costs a DTLS record, a packet and their way
 * through both stacks. What is known of a remote is learned from how it negotiates
 * streams, which it does for identify soon after it has connected:
 *
 * | state        | known by                                                     | frames |
 * |--------------|--------------------------------------------------------------|--------|
 * | `unknown`    | nothing yet                                                  | go one by one |
 * | `by-message` | header and protocol in one frame: litep2p, of which versions before 0.16 read one frame of a message | go one by one |
 * | `by-byte`    | the header in a frame of its own                             | of one turn of the event loop go together, but for FIN behind a negotiation |
 * | `together`   | several frames in one message                                | of one turn go together |
 *
 * FIN is kept from a negotiation because `@libp2p/webrtc` handles it before the handler
 * of the protocol is called: one that reads to the end waits for ever. It sends each
 * frame by itself.
 *
 * | state               | event                                            | next         |
 * |---------------------|--------------------------------------------------|--------------|
 * | `unknown`           | an answer begins with a frame that is the header | `by-byte`    |
 * | `unknown`           | an answer begins with a longer frame             | `by-message` |
 * | `unknown`,`by-byte` | a stream begins with several frames in a message | `together`   |
 *
 * Everything else changes nothing.
 */
export class RemoteHabits {
  state: 'unknown' | 'by-message' | 'by-byte' | 'together' = 'unknown'

  /**
   * Whether several frames may go in one message
   */
  get takesBundles (): boolean {
    return this.state === 'by-byte' || this.state === 'together'
  }

  /**
   * Whether FIN may be in the message that has the negotiation
   */
  get takesEndAtOnce (): boolean {
    return this.state === 'together'
  }

  /**
   * The first frame of the answer to a negotiation has arrived
   *
   * @param hasMore - whether it has more in it than the header
   */
  answered (hasMore: boolean): void {
    if (this.state === 'unknown') {
      this.state = hasMore ? 'by-message' : 'by-byte'
    }
  }

  /**
   * The first message of a stream has arrived
   *
   * @param frames - how many were complete in it
   */
  began (frames: number): void {
    if (frames > 1 && this.state !== 'by-message') {
      this.state = 'together'
    }
  }
}
