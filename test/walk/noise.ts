/**
 * Noise whose result comes in a later turn of the event loop, as where the crypto
 * of a browser checks the signature of the remote
 */
import { noise as realNoise } from '@libp2p/noise'
import { reach } from './points.ts'
import type { ConnectionEncrypter } from '@libp2p/interface'

async function late <T> (result: Promise<T>): Promise<T> {
  const secured = await result
  reach('noise begins to check', 'code')
  await new Promise(resolve => { setImmediate(resolve) })
  reach('noise has checked', 'code')

  return secured
}

export function noise (init: Parameters<typeof realNoise>[0]): (components: Parameters<ReturnType<typeof realNoise>>[0]) => ConnectionEncrypter {
  return (components) => {
    const encrypter = realNoise(init)(components)

    return {
      protocol: encrypter.protocol,
      secureInbound: async (connection, options) => late(encrypter.secureInbound(connection, options)),
      secureOutbound: async (connection, options) => late(encrypter.secureOutbound(connection, options))
    }
  }
}
