import { expect } from 'aegir/chai'
import { RemoteHabits } from '../../src/streams/remote-habits.ts'

type State = RemoteHabits['state']
type Event = 'header alone' | 'header and more' | 'one frame' | 'several frames'

const TABLE: Array<[State, Event, State]> = [
  ['unknown', 'header alone', 'by-byte'],
  ['unknown', 'header and more', 'by-message'],
  ['unknown', 'one frame', 'unknown'],
  ['unknown', 'several frames', 'together'],
  ['by-byte', 'header alone', 'by-byte'],
  ['by-byte', 'header and more', 'by-byte'],
  ['by-byte', 'one frame', 'by-byte'],
  ['by-byte', 'several frames', 'together'],
  ['by-message', 'header alone', 'by-message'],
  ['by-message', 'header and more', 'by-message'],
  ['by-message', 'one frame', 'by-message'],
  ['by-message', 'several frames', 'by-message'],
  ['together', 'header alone', 'together'],
  ['together', 'header and more', 'together'],
  ['together', 'one frame', 'together'],
  ['together', 'several frames', 'together']
]

const EVENTS: Record<Event, (habits: RemoteHabits) => void> = {
  'header alone': habits => { habits.answered(false) },
  'header and more': habits => { habits.answered(true) },
  'one frame': habits => { habits.began(1) },
  'several frames': habits => { habits.began(2) }
}

describe('what a remote takes in one message', () => {
  TABLE.forEach(([state, event, next]) => {
    it(`${state}: ${event} -> ${next}`, () => {
      const habits = Object.assign(new RemoteHabits(), { state })
      EVENTS[event](habits)

      expect(habits.state).to.equal(next)
    })
  })
})
