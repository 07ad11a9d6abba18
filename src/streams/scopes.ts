import type { Logger } from '@libp2p/interface'

/**
 * How many loggers a connection keeps
 */
const MAX_KEPT = 32

/**
 * The loggers of streams, which have names that come again, as the ids of their
 * channels do. To make one takes 3 to 5 % of what a short stream takes: it asks the
 * system whether standard error is a terminal.
 */
export class Scopes {
  private readonly log: Logger
  private readonly kept = new Map<string, Logger>()

  constructor (log: Logger) {
    this.log = log
  }

  get (name: string): Logger {
    const log = this.kept.get(name) ?? this.log.newScope(name)

    if (this.kept.size < MAX_KEPT) {
      this.kept.set(name, log)
    }

    return log
  }
}
