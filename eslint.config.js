import aegir from 'aegir/eslint.config.js'

// no I/O, no timers, no libp2p classes but errors: tested as tables
const PURE = ['address', 'admission', 'certificate', 'certificate-derived', 'channel-ids', 'credentials', 'errors', 'framing', 'message-order', 'remote-ids', 'sdp', 'stream-state']

export default [
  {
    ignores: ['.coverage', '.docs', '.scratch', 'dist', 'interop/rust/target']
  },

  ...aegir,

  {
    name: 'layers',
    files: ['**/*.ts'],
    settings: {
      'import/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import/resolver': { node: { extensions: ['.ts'] } }
    },
    rules: {
      'import/no-cycle': 'error',

      // the lines of a list go on indented
      'jsdoc/check-indentation': 'off'
    }
  },

  {
    name: 'layers/native',
    files: ['src/**/*.ts'],
    ignores: ['src/peer.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        paths: [{ name: 'node-datachannel', message: 'Only src/peer.ts knows the native stack.' }]
      }]
    }
  },

  {
    name: 'layers/pure',
    files: PURE.map(name => `src/${name}.ts`),
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{
          regex: `^(node:|node-datachannel|\\.{1,2}/(?!(${PURE.join('|')}|pb/message)\\.ts$))`,
          message: 'A pure file imports only pure files.'
        }]
      }]
    }
  }
]
