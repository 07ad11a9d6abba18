/** @type {import('aegir').PartialOptions} */
export default {
  build: {
    // the transport is for Node.js, there is nothing to bundle for browsers
    bundle: false
  },
  dependencyCheck: {
    // run by name, imported by nothing
    ignore: ['mocha', 'node'],
    productionIgnorePatterns: [
      '/chaos',
      '/dist',
      '/examples',
      '/interop',
      '/scripts',
      '/test',
      '.aegir.js',
      '.mocharc.cjs',
      'eslint.config.js'
    ]
  }
}
