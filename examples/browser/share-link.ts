/**
 * The address of a peer as a link to this page. It stands behind the #, which no
 * server gets to see.
 */

/**
 * @param page - the URL of the page, with or without an address
 */
export function linkTo (page: string, address: string): string {
  const [url] = page.split('#', 1)

  return `${url}#${encodeURI(address.toWellFormed())}`
}

/**
 * The address in a link; empty if there is none
 */
export function addressInLink (link: string): string {
  const start = link.indexOf('#')
  const fragment = start === -1 ? '' : link.slice(start + 1)

  try {
    return decodeURIComponent(fragment).trim()
  } catch {
    // somebody has written it by hand
    return fragment.trim()
  }
}

/**
 * The address in what somebody has pasted: a link, what `webrtc-direct listen`
 * has printed, an address in quotes. Anything else is returned as it is.
 */
export function addressInText (text: string): string {
  const linked = /^\s*["'`<]?https?:\/\/\S+#/.test(text) ? addressInLink(text) : text
  const [address] = /\/[a-z][^\s"'`<>,;]*/.exec(linked) ?? [linked.trim()]

  return address
}
