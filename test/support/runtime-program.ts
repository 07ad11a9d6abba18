/**
 * Dials itself, or says why it can't: for runtimes other than Node.js, from the
 * package as it is built.
 */
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from 'libp2p-transport-webrtc-direct'

const LENGTH = 3_000_000
const CHUNK = 65_536

async function main (): Promise<string> {
  const listener = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
    transports: [webRTCDirect()]
  })
  await listener.handle('/echo/1.0.0', async stream => {
    for await (const chunk of stream) {
      if (!stream.send(chunk)) {
        await stream.onDrain()
      }
    }

    await stream.close()
  })

  const dialer = await createLibp2p({ transports: [webRTCDirect()] })
  const stream = await dialer.dialProtocol(listener.getMultiaddrs(), '/echo/1.0.0')
  const received = (async () => {
    let length = 0

    for await (const chunk of stream) {
      length += chunk.byteLength
    }

    return length
  })()

  for (let sent = 0; sent < LENGTH; sent += CHUNK) {
    if (!stream.send(new Uint8Array(Math.min(CHUNK, LENGTH - sent)))) {
      await stream.onDrain()
    }
  }

  await stream.close()
  const length = await received
  await Promise.all([dialer.stop(), listener.stop()])

  return `echoed ${length}`
}

// eslint-disable-next-line no-console
console.log(await main().catch(err => `${err}`))
