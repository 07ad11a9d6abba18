/** @type {import('aegir').PartialOptions} */
export default {
  build: {
    // those who bundle it choose how; scripts/bundle.js tells its size
    bundle: false
  },
  documentCheck: {
    inputFiles: ['*.md', 'docs/*.md']
  },
  dependencyCheck: {
    // run by name, read as a file, and this package by its own name
    ignore: ['mocha', 'node', 'publint', 'typedoc', '@arethetypeswrong/cli', '@fontsource-variable/inter', 'libp2p-transport-webrtc-direct'],
    productionIgnorePatterns: [
      '/bench',
      '/chaos',
      '/churn',
      '/dist',
      '/examples',
      '/flood',
      '/interop',
      '/scripts',
      '/soak',
      '/test',
      '.aegir.js',
      '.mocharc.cjs',
      'eslint.config.js'
    ]
  }
}
