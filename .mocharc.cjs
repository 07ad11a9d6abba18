module.exports = {
  require: ['./dist/test/support/open-handles.js'],
  timeout: 60_000,
  'node-option': ['enable-source-maps']
}
