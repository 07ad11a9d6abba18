/**
 * Whose turn is it to be looked at? Nothing tells of some things that happen to a
 * connection or a channel, so they are looked at again and again. Those that do
 * something are looked at often, the others in turns, and no tick makes more looks
 * than its two budgets allow, however many there are.
 *
 * | state   | event                                            | next    |
 * |---------|--------------------------------------------------|---------|
 * | (none)  | `add`                                            | `busy`  |
 * | `quiet` | `touch`, or a look says that it is busy          | `busy`  |
 * | `busy`  | neither for `QUIET_AFTER` ms                     | `quiet` |
 * | `busy`, `quiet` | a look says that it is told              | `told`  |
 * | `told`  | `touch`                                          | `busy`  |
 * | any     | `delete`                                         | (none)  |
 *
 * - Each member is in one of the three.
 * - Those that are told are not looked at: they get to know by themselves.
 * - A tick makes at most `budgets.busy` looks at busy members, and at most
 *   `budgets.quiet` at quiet ones: neither takes the turns of the other. One that
 *   stands for several makes as many as those.
 * - A tick looks at a member once at most: two looks are two ticks.
 * - Of n members in a state each is looked at once in n / budget ticks; where there
 *   are fewer than the budget, with every tick. But none that is quiet is looked at
 *   again before `budgets.rest` has passed.
 */

/**
 * How long after it did something a member is taken for busy, in ms: a remote whose
 * answer is awaited has given it, or SCTP retransmits and will for some time
 */
const QUIET_AFTER = 3_000

export interface Looked {
  /**
   * Whether it is told of what looks are there to find, once one has found nothing
   */
  readonly isTold?: boolean

  /**
   * Looks, and returns whether it should be looked at again soon. Never throws.
   */
  look (): boolean
}

export interface Budgets {
  readonly busy: number
  readonly quiet: number

  /**
   * How long a quiet member is left alone after a look, in ms
   */
  readonly rest: number
}

export class Turns<T extends Looked> {
  private readonly budgets: Budgets

  // in the order of their turns; those that are busy with the time at which they did
  // something, those that are quiet with that of their last look
  private readonly busy = new Map<T, number>()
  private readonly quiet = new Map<T, number>()
  private readonly told = new Set<T>()
  private now = 0

  constructor (budgets: Budgets) {
    this.budgets = budgets
  }

  get size (): number {
    return this.busy.size + this.quiet.size + this.told.size
  }

  add (member: T): void {
    this.quiet.delete(member)
    this.told.delete(member)
    this.busy.set(member, this.now)
  }

  delete (member: T): void {
    this.busy.delete(member)
    this.quiet.delete(member)
    this.told.delete(member)
  }

  /**
   * The member does something
   */
  touch (member: T): void {
    if (this.busy.has(member) || this.quiet.delete(member) || this.told.delete(member)) {
      this.busy.set(member, this.now)
    }
  }

  /**
   * Whether any member is busy
   */
  get isBusy (): boolean {
    return this.busy.size > 0
  }

  /**
   * @param now - in ms, by any clock
   * @param rounds - how many ticks it stands for
   */
  tick (now: number, rounds = 1): void {
    this.now = now
    const rested = now - this.budgets.rest
    const quiet = first(this.quiet, rounds * this.budgets.quiet, lookedAt => lookedAt <= rested)
    const busy = first(this.busy, rounds * this.budgets.busy)

    for (const member of busy) {
      this.lookAtBusy(member)
    }

    for (const member of quiet) {
      this.lookAtQuiet(member)
    }
  }

  private lookAtBusy (member: T): void {
    const since = this.busy.get(member)

    if (since == null) {
      // another look has ended it
      return
    }

    // behind the others; the look may end it
    this.busy.delete(member)
    this.busy.set(member, since)

    if (member.look()) {
      this.touch(member)
    } else if (member.isTold === true) {
      this.leave(member)
    } else if (this.now - (this.busy.get(member) ?? this.now) >= QUIET_AFTER) {
      this.busy.delete(member)
      this.quiet.set(member, this.now)
    }
  }

  private lookAtQuiet (member: T): void {
    if (!this.quiet.delete(member)) {
      // it has got busy, or another look has ended it
      return
    }

    this.quiet.set(member, this.now)

    if (member.look()) {
      this.touch(member)
    } else if (member.isTold === true) {
      this.leave(member)
    }
  }

  private leave (member: T): void {
    // the look may have ended it
    if (this.busy.delete(member) || this.quiet.delete(member)) {
      this.told.add(member)
    }
  }
}

function first <T> (members: Iterable<[T, number]>, count: number, isDue = (time: number) => true): T[] {
  const taken: T[] = []

  for (const [member, time] of members) {
    if (taken.length >= count || !isDue(time)) {
      break
    }

    taken.push(member)
  }

  return taken
}
