const { readdirSync } = require('node:fs')

// from the sources: dist may hold what was renamed since
const spec = readdirSync('test', { recursive: true })
  .filter(path => path.endsWith('.spec.ts'))
  .map(path => `dist/test/${path.replace(/\.ts$/, '.js')}`)

module.exports = {
  spec,
  require: ['./dist/test/open-handles.js'],
  timeout: 60_000,
  'node-option': ['enable-source-maps']
}
