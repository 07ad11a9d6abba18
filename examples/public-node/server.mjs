/* eslint-disable no-console */
/**
 * A node that strangers reach: serves `/echo/1.0.0`, and its metrics over HTTP.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { prometheusMetrics } from '@libp2p/prometheus-metrics'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from 'libp2p-transport-webrtc-direct'
import { register } from 'prom-client'

const {
  KEY_FILE = 'node.key',
  PORT = '9000',
  METRICS_HOST = '127.0.0.1',
  METRICS_PORT = '9464',

  // where others reach it, separated by commas: /ip4/192.0.2.1/udp/9000/webrtc-direct
  ANNOUNCE = ''
} = process.env

/**
 * The key of the node, made at its first start
 */
async function readKey () {
  try {
    return privateKeyFromProtobuf(await readFile(KEY_FILE))
  } catch (err) {
    if (err.code !== 'ENOENT') {
      throw err
    }
  }

  const key = await generateKeyPair('Ed25519')
  await writeFile(KEY_FILE, privateKeyToProtobuf(key), { mode: 0o600, flag: 'wx' })

  return key
}

const node = await createLibp2p({
  privateKey: await readKey(),
  addresses: {
    listen: [`/ip4/0.0.0.0/udp/${PORT}/webrtc-direct`, `/ip6/::/udp/${PORT}/webrtc-direct`],
    announce: ANNOUNCE.split(',').filter(address => address !== '')
  },
  transports: [webRTCDirect()],
  metrics: prometheusMetrics(),
  services: {
    identify: identify()
  },
  connectionManager: {
    maxConnections: 1_000,

    // the transport has a budget for each source
    inboundConnectionThreshold: 100
  }
})

await node.handle('/echo/1.0.0', async (stream) => {
  try {
    for await (const chunk of stream) {
      if (!stream.send(chunk)) {
        await stream.onDrain()
      }
    }

    await stream.close()
  } catch (err) {
    stream.abort(err)
  }
})

const server = createServer((request, response) => {
  register.metrics().then(
    text => response.setHeader('content-type', register.contentType).end(text),
    err => response.writeHead(500).end(err.message)
  )
}).listen(Number(METRICS_PORT), METRICS_HOST, () => {
  console.info(`metrics http://${METRICS_HOST}:${server.address().port}/metrics`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
    node.stop()
  })
}

for (const address of node.getMultiaddrs()) {
  console.info(address.toString())
}
