/* eslint-disable no-console */
/**
 * Chats line by line until Ctrl-D: `node chat.js [ADDRESS]`
 */
import { createInterface } from 'node:readline'
import { startChat } from './node.js'

const chat = await startChat({
  listen: ['/ip4/0.0.0.0/udp/0/webrtc-direct'],
  address: process.argv[2],
  onMessage: (from, text) => { console.log(`${from.slice(-6)}: ${text}`) }
})

for (const address of chat.node.getMultiaddrs()) {
  console.error(`node chat.js ${address}`)
}

chat.node.services.pubsub.addEventListener('subscription-change', ({ detail: { peerId, subscriptions } }) => {
  for (const { topic, subscribe } of subscriptions) {
    console.error(`${peerId.toString().slice(-6)} ${subscribe ? 'reads' : 'leaves'} ${topic}`)
  }
})

for await (const line of createInterface({ input: process.stdin })) {
  await chat.say(line)
}

await chat.node.stop()
