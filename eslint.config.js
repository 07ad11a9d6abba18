import aegir from 'aegir/eslint.config.js'

// folders without I/O, timers and libp2p classes but errors: tested as tables
const PURE = ['wire', 'admission', 'streams/state']

/**
 * What each room of `src` may import of the others. What is not listed stands
 * outside of the rooms, and may import all of them.
 */
const ROOMS = {
  wire: ['errors.ts'],
  admission: ['wire', 'bounded-set.ts', 'errors.ts'],
  'streams/state': ['errors.ts'],
  streams: ['wire', 'bounded-set.ts', 'clock.ts', 'errors.ts', 'message-cost.ts', 'options.ts', 'ports.ts'],
  certificates: ['wire', 'certificate-options.ts', 'clock.ts', 'errors.ts'],
  native: ['wire', 'certificates/certificate.ts', 'clock.ts', 'errors.ts', 'guard.ts', 'inbox.ts', 'message-cost.ts', 'ports.ts'],
  browser: ['wire', 'clock.ts', 'errors.ts', 'guard.ts', 'inbox.ts', 'message-cost.ts', 'ports.ts']
}

const NATIVE = { regex: '^node-datachannel', message: 'Only src/native knows the native stack.' }
const NODE = { regex: '^node:', message: 'Browsers have no Node.js modules: only src/native, src/cli and *.node.ts import them.' }

const WEBRTC = ['RTCPeerConnection', 'RTCDataChannel', 'RTCIceCandidate', 'RTCSessionDescription', 'RTCCertificate']

export default [
  {
    ignores: ['.coverage', '.docs', '.scratch', 'bench/node_modules', 'dist', 'fuzz/node_modules', 'interop/rust/target']
  },

  ...aegir,

  {
    name: 'rooms',
    files: ['**/*.ts'],
    settings: {
      'import/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import/resolver': { node: { extensions: ['.ts'] } }
    },
    rules: {
      'import/no-cycle': 'error',
      'import/no-restricted-paths': ['error', {
        zones: Object.entries(ROOMS).map(([room, others]) => ({
          target: `./src/${room}`,
          from: './src',
          except: [`./${room}`, ...others.map(other => `./${other}`)],
          message: `src/${room} may import ${others.join(', ')}.`
        }))
      }],

      // the lines of a list go on indented
      'jsdoc/check-indentation': 'off'
    }
  },

  {
    name: 'rooms/portable',
    files: ['src/**/*.ts'],
    ignores: ['src/native/**', 'src/cli/**', 'src/**/*.node.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [NATIVE, NODE] }]
    }
  },

  {
    name: 'rooms/browser',
    files: ['src/**/*.ts'],
    ignores: ['src/browser/**'],
    rules: {
      'no-restricted-globals': ['error', ...WEBRTC.map(name => ({ name, message: 'Only src/browser knows the WebRTC of browsers.' }))]
    }
  },

  {
    name: 'rooms/node',
    files: ['src/cli/**', 'src/**/*.node.ts'],
    ignores: ['src/native/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [NATIVE] }]
    }
  },

  {
    name: 'one clock',
    files: ['src/**/*.ts'],
    ignores: ['src/clock.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...[
        'MemberExpression[object.name="Date"][property.name="now"]',
        'NewExpression[callee.name="Date"][arguments.length=0]',
        'CallExpression[callee.name="Date"]'
      ].map(selector => ({ selector, message: 'Durations come from a monotonic clock, and certificates have the date from src/clock.ts.' }))]
    }
  },

  {
    name: 'rooms/pure',
    files: PURE.map(room => `src/${room}/**`),
    rules: {
      'no-restricted-globals': ['error', ...[...WEBRTC, 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'process'].map(name => ({ name, message: 'A pure file has no time, no timers and no I/O.' }))]
    }
  }
]
