/**
 * Ports whose calls are points (`points.ts`), those of their handlers as well
 */
import { reach } from './points.ts'
import type { Channel, ChannelHandler, Peer, PeerHandler } from '../../src/ports.ts'

interface Thrown {
  readonly thrown: unknown[]
}

/**
 * Those that ask are none: nothing happens in them
 */
const CALLS = ['connected', 'openChannel', 'send', 'expectNoMore', 'close']

const wrapped = new WeakMap<object, object>()

/**
 * Peers and channels that were closed from here: their handlers are called no more
 */
const closed = new WeakSet<object>()

/**
 * @param target
 * @param name
 * @param net
 * @param owner - the peer of a channel
 */
function wrap <T extends object> (target: T, name: string, net: Thrown, owner: object = target): T {
  const known = wrapped.get(target) as T | undefined

  if (known != null) {
    return known
  }

  const proxy = new Proxy(target, {
    get (target, key): unknown {
      const value = Reflect.get(target, key, target)

      if (key === 'handshakeChannel') {
        return wrap(value as Channel, 'channel', net, owner)
      }

      if (typeof value !== 'function') {
        return value
      }

      if (key === 'attach') {
        return (handler: ChannelHandler | PeerHandler) => value.call(target, handlerOf(handler, name, net, [target, owner]))
      }

      return (...args: unknown[]) => {
        if (CALLS.includes(`${String(key)}`)) {
          reach(`${name}.${String(key)}()`, 'call')
        }

        if (key === 'close') {
          closed.add(target)
        }

        const result = value.apply(target, args)

        return key === 'openChannel' ? wrap(result as Channel, 'channel', net, owner) : result
      }
    },
    set: (target, key, value) => Reflect.set(target, key, value, target)
  })

  wrapped.set(target, proxy)

  return proxy
}

function handlerOf (handler: object, name: string, net: Thrown, [target, owner]: [target: object, owner: object]): any {
  return new Proxy(handler, {
    get: (handler, key) => (...args: unknown[]) => {
      reach(`${name} ${String(key)}`, 'code')

      if (closed.has(target) || closed.has(owner)) {
        return
      }

      try {
        Reflect.get(handler, key, handler).apply(handler, args.map(arg => key === 'onChannel' ? wrap(arg as Channel, 'channel', net, owner) : arg))
      } catch (err) {
        net.thrown.push(err)
      }
    }
  })
}

export function pointed (peer: Peer, name: string, net: Thrown): Peer {
  return wrap(peer, name, net)
}
