import type { Logger } from '@libp2p/interface'

/**
 * How many loggers a connection keeps
 */
const MAX_KEPT = 32

/**
 * The loggers of streams, which have names that come again, as the ids of their
 * channels do, and so have those that libp2p derives from them. To make one takes 3 to
 * 5 % of what a short stream takes: it asks the system whether standard error is a
 * terminal.
 */
export class Scopes {
  private readonly newScope: Logger['newScope']
  private readonly kept = new Map<string, Logger>()

  constructor ({ newScope }: Pick<Logger, 'newScope'>) {
    this.newScope = newScope
  }

  get (name: string): Logger {
    const kept = this.kept.get(name)

    if (kept != null) {
      return kept
    }

    const log = this.newScope(name)

    if (this.kept.size < MAX_KEPT) {
      const scopes = new Scopes(log)
      log.newScope = name => scopes.get(name)
      this.kept.set(name, log)
    }

    return log
  }
}
