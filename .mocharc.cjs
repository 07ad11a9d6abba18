module.exports = {
  require: ['./dist/test/support/open-handles.js'],
  timeout: 60_000,

  // `--grep` with a name that no test has
  'fail-zero': true,
  'node-option': ['enable-source-maps']
}
