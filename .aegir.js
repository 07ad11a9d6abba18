/** @type {import('aegir').PartialOptions} */
export default {
  build: {
    // the transport is for Node.js, there is nothing to bundle for browsers
    bundle: false
  },
  dependencyCheck: {
    ignore: [
      // run by name, or read as a file, and imported by nothing
      'mocha',
      'node',
      '@fontsource-variable/inter',

      // pages import this package itself, as its users do
      'libp2p-transport-webrtc-direct'
    ],
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
