import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { RemoteIds } from '../../../src/streams/state/remote-ids.ts'

const MAX_ID = 1_023

// one of 16 of 512 channels
const RESERVE = 32
const FIRST_OF_THE_LAST = MAX_ID - 2 * RESERVE + 1

describe('ids of the remote', () => {
  it('are used up by a remote that takes every id once', () => {
    for (const first of [1, 2]) {
      const ids = new RemoteIds(MAX_ID)
      let id = first

      for (; id < FIRST_OF_THE_LAST; id += 2) {
        ids.opened(id)
        ids.closed()
        expect(ids.state).to.equal('plenty')
      }

      ids.opened(id)
      expect(ids.state).to.equal('running-out')
      expect((MAX_ID - id) / 2, 'left').to.be.at.least(RESERVE - 1)

      while (ids.state === 'running-out') {
        id += 2
        ids.opened(id)
      }

      expect(ids.state).to.equal('used-up')
      expect((MAX_ID - id) / 2, 'left').to.be.within(RESERVE * 3 / 4 - 1, RESERVE * 3 / 4)
    }
  })

  it('are used up by a remote that has many channels open', () => {
    const ids = new RemoteIds(MAX_ID)

    for (let id = 2; id <= MAX_ID; id += 2) {
      ids.opened(id)

      if (id <= 2 * RESERVE) {
        ids.closed()
      }
    }

    expect(ids.state).to.equal('used-up')
  })

  it('are not while the remote could not have used one again', () => {
    const ids = new RemoteIds(MAX_ID)

    for (let id = 2; id < MAX_ID - 1; id += 2) {
      ids.opened(id)
    }

    for (let closed = 0; closed < RESERVE; closed++) {
      ids.closed()
    }

    expect(ids.state).to.equal('plenty')
  })

  it('are used up when channels are closed after the very last one was taken', () => {
    for (const first of [1, 2]) {
      const ids = new RemoteIds(MAX_ID)

      for (let id = first; id <= MAX_ID; id += 2) {
        ids.opened(id)
      }

      for (let closed = 0; closed < RESERVE; closed++) {
        expect(ids.state).to.equal('plenty')
        ids.closed()
      }

      expect(ids.state).to.equal('used-up')
    }
  })

  it('are not when the remote has used one again', () => {
    const ids = new RemoteIds(MAX_ID)
    ids.opened(2)
    ids.closed()
    ids.opened(2)
    expect(ids.state).to.equal('reuses')

    for (let id = 4; id <= MAX_ID; id += 2) {
      ids.opened(id)
      ids.closed()
    }

    expect(ids.state).to.equal('reuses')
  })

  it('are not when the remote uses that of the handshake channel', () => {
    const ids = new RemoteIds(MAX_ID)
    ids.opened(0)

    expect(ids.state).to.equal('reuses')
  })

  it('turn out not to be when it uses one again after all', () => {
    const ids = new RemoteIds(MAX_ID)

    for (let id = 1; id <= FIRST_OF_THE_LAST + 1; id += 2) {
      ids.opened(id)
      ids.closed()
    }

    expect(ids.state).to.equal('running-out')
    ids.opened(1)
    expect(ids.state).to.equal('reuses')
  })

  it('are never for a remote that takes the lowest free id', () => {
    fc.assert(fc.property(fc.array(fc.option(fc.nat()), { maxLength: 2_000 }), fc.constantFrom(1, 2), fc.integer({ min: 15, max: 200 }), (script, first, maxId) => {
      const ids = new RemoteIds(maxId)
      const open: number[] = []

      for (const step of script) {
        if (step != null && open.length > 0) {
          open.splice(step % open.length, 1)
          ids.closed()
        } else {
          let id = first

          while (open.includes(id)) {
            id += 2
          }

          // the muxer leaves the very last one alone
          if (id < maxId - 1) {
            open.push(id)
            ids.opened(id)
          }
        }

        expect(ids.state).to.be.oneOf(['plenty', 'reuses'])
      }
    }))
  })
})
