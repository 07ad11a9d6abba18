import { expect } from 'aegir/chai'
import { callTree } from '../../bench/profile/call-tree.ts'
import { renderFlameGraph } from '../../bench/profile/flame-graph.ts'
import { byNativeCall, byOwner } from '../../bench/profile/shares.ts'
import { threadTimes, timeBetween } from '../../bench/profile/threads.ts'
import type { Profiler } from 'node:inspector'

const OURS = 'file:///project/dist/src/native/send-queue.js'
const LIBP2P = 'file:///project/node_modules/@libp2p/peer-store/dist/src/store.js'

/**
 * Samples at functions, each with the line of those that called it
 */
function profileOf (samples: Array<{ stack: Array<[name: string, url: string]>, time: number }>): Profiler.Profile {
  const nodes: Profiler.ProfileNode[] = [node(1, '(root)', '')]

  function node (id: number, functionName: string, url: string): Profiler.ProfileNode {
    return { id, callFrame: { functionName, url, scriptId: '', lineNumber: 0, columnNumber: 0 }, children: [] }
  }

  // as V8 does where a function was compiled anew, each sample has nodes of its own
  const ids = samples.map(({ stack }) => stack.reduce((parent, [name, url]) => {
    const id = nodes.length + 1
    nodes.push(node(id, name, url))
    nodes[parent - 1].children?.push(id)

    return id
  }, 1))

  return { nodes, startTime: 0, endTime: 0, samples: ids, timeDeltas: samples.map(({ time }) => time) }
}

const PROFILE = profileOf([
  { stack: [['send', OURS], ['', '']], time: 30 },
  { stack: [['send', OURS], ['', '']], time: 10 },
  { stack: [['send', OURS], ['slice', '']], time: 5 },
  { stack: [['send', OURS]], time: 5 },
  { stack: [['merge', LIBP2P]], time: 20 },
  { stack: [['emit', 'node:events'], ['', '']], time: 10 },
  { stack: [['work', 'file:///project/dist/bench/ends/exercises.js']], time: 4 },
  { stack: [['encode', 'file:///project/node_modules/other/index.js']], time: 6 },
  { stack: [['(garbage collector)', '']], time: 10 },
  { stack: [['(idle)', '']], time: 1_000 }
])

describe('a profile', () => {
  it('leaves out the time in which nothing was to be done', () => {
    expect(callTree(PROFILE).total).to.equal(100)
  })

  it('has one entry for a function that was compiled more than once', () => {
    const sends = callTree(PROFILE).calls.filter(({ name }) => name === 'send')

    expect(sends).to.have.lengthOf(1)
    expect(sends[0]).to.include({ self: 5, total: 50, owner: 'this package', file: 'src/native/send-queue.js' })
    expect(sends[0].calls.map(({ name, total }) => [name, total])).to.deep.equal([['native: send', 40], ['slice', 5]])
  })

  it('has shares by owner, of which what is built in belongs to whoever calls it', () => {
    expect(byOwner(callTree(PROFILE))).to.deep.equal([
      { what: 'native', percent: 40 },
      { what: 'libp2p', percent: 20 },
      { what: 'this package', percent: 10 },
      { what: 'Node.js', percent: 10 },
      { what: 'garbage collector', percent: 10 },
      { what: 'other packages', percent: 6 },
      { what: 'benchmark', percent: 4 }
    ])
  })

  it('has what the native stack does by the function that asks for it', () => {
    expect(byNativeCall(callTree(PROFILE))).to.deep.equal([{ what: 'send (src/native/send-queue.js)', percent: 40 }])
  })
})

describe('a flame graph', () => {
  const svg = renderFlameGraph(callTree(PROFILE), 'a < b')

  it('is as wide for each function as its time, and says it', () => {
    expect(svg).to.match(/<title>send src\/native\/send-queue\.js, 50\.0 %<\/title><rect x="0\.0" y="\d+" width="599\.5"/)
    expect(svg).to.match(/<title>native: send src\/native\/send-queue\.js, 40\.0 %<\/title><rect x="0\.0" y="\d+" width="479\.5"/)
  })

  it('has no time in which nothing was to be done', () => {
    expect(svg).to.not.include('idle')
  })

  it('is valid where names are not', () => {
    expect(svg).to.include('a &lt; b').and.to.not.include('a < b')
  })
})

describe('the times of threads', () => {
  it('are those of this process, and grow', () => {
    const before = threadTimes(process.pid)
    const start = process.cpuUsage()

    // two ticks of the system's clock
    while (process.cpuUsage(start).user < 40_000) {
      // it is the processor that is needed
    }

    const [what, time] = [...timeBetween(before, threadTimes(process.pid))].reduce((most, one) => one[1] > most[1] ? one : most)

    expect(what).to.be.oneOf(['JavaScript, and what it calls', 'others'])
    expect(time).to.be.within(0.01, 5)
  })
})
