/**
 * How each command of the documentation is run by a test.
 */

export type Run =
  /**
   * By `commands.spec.ts`, with a listener on the loopback interface
   */
  { by: 'itself' } |

  /**
   * By a step of `.ci/run`, the same or a shorter one. What the command takes is in
   * its `--help`, if there is one.
   */
  { by: 'ci', step: string, help?: string } |

  /**
   * By that test
   */
  { by: 'test', spec: string, title: string, help?: string }

const QUICK_START: Run = { by: 'test', spec: 'test/browser/quick-start.spec.ts', title: 'a page talks to the server of the README' }
const SYSTEM = 'test/load/documented-commands.spec.ts'
const PACKED: Run = { by: 'ci', step: 'npm run test:packed' }

export const COMMANDS: Array<[RegExp, Run]> = [
  [/^webrtc-direct (?:listen|address|ping|echo|perf|stats) /, { by: 'itself' }],
  [/^(?:source <\()?webrtc-direct completion /, { by: 'test', spec: 'test/cli/completion.spec.ts', title: 'the completion of a shell' }],
  [/^(?:openssl|nft) /, { by: 'test', spec: SYSTEM, title: 'takes what the documentation says' }],

  [/^npm install libp2p libp2p-transport-webrtc-direct/, PACKED],
  [/^npx libp2p-transport-webrtc-direct --help$/, PACKED],
  [/^node server\.mjs$/, QUICK_START],
  [/^npx esbuild page\.mjs /, QUICK_START],

  [/^npm ci(?: && npm run demo)?$/, { by: 'ci', step: 'npm run demo' }],
  [/^npm test(?: -- [a-z]+)?$/, { by: 'ci', step: 'npm test' }],
  [/^npm run (?:demo|lint|docs|test:browser|test:load|test:unified|test:metrics|test:certhash|test:mixed|test:examples|test:packed)$/, { by: 'ci', step: '$&' }],
  [/^npm run test:interop/, { by: 'ci', step: 'npm run test:interop -- --quick', help: 'interop/run.js' }],
  [/^npm run chaos/, { by: 'ci', step: 'npm run chaos -- --quick', help: 'chaos/run.js' }],
  [/^npm run flood/, { by: 'ci', step: 'npm run flood -- --quick', help: 'flood/run.js' }],
  [/^npm run churn/, { by: 'ci', step: 'npm run churn -- --quick', help: 'churn/run.js' }],
  [/^npm run bench/, { by: 'test', spec: SYSTEM, title: 'does a little of it', help: 'bench/run.js' }],
  [/^npm run soak/, { by: 'test', spec: SYSTEM, title: 'does a little of it', help: 'soak/run.js' }],
  [/^npm run fuzz:guided/, { by: 'test', spec: SYSTEM, title: 'does a little of it', help: 'fuzz/run.js' }],
  [/^npm run fuzz/, { by: 'test', spec: SYSTEM, title: 'does a little of it' }],
  [/^npm run test:repeat/, { by: 'test', spec: SYSTEM, title: 'does a little of it' }],
  [/^\.ci\/run$/, { by: 'ci', step: 'npm test' }],

  [/^npm run example:browser$/, { by: 'test', spec: 'test/load/example-serve.spec.ts', title: 'serves the page, on loopback, and tells it the address of the listener', help: 'examples/browser/serve.js' }],
  [/^node (?:receive|send)\.js/, { by: 'test', spec: 'test/load/example-file-drop.spec.ts', title: 'sends a file to a folder' }],
  [/^npm install$/, { by: 'ci', step: 'npm run test:examples' }],
  [/^node chat\.js/, { by: 'test', spec: 'test/examples-installed/chat.spec.ts', title: 'lines go to everybody who is there' }],
  [/^node peer\.js/, { by: 'test', spec: 'test/examples-installed/helia.spec.ts', title: 'a file that is added in one node is read in the other' }],
  [/^npm run page$/, { by: 'test', spec: 'test/examples-installed/helia.spec.ts', title: 'a file that is added in a node is read in a page' }],
  [/^ANNOUNCE=\S+ docker compose /, { by: 'test', spec: 'test/load/example-public-node.spec.ts', title: 'the compose file' }]
]
