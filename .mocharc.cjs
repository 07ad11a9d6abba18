const { readdirSync } = require('node:fs')

const folder = process.env.MOCHA_SUITE ?? 'test'

// from the sources: dist may hold what was renamed since
const spec = readdirSync(folder)
  .filter(path => path.endsWith('.spec.ts'))
  .map(path => `dist/${folder}/${path.replace(/\.ts$/, '.js')}`)

module.exports = {
  spec,
  require: ['./dist/test/open-handles.js'],
  timeout: 60_000,
  'node-option': ['enable-source-maps']
}
