/**
 * The form with the address: connect, give up, disconnect, and the link.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { announce, byId, write } from './elements.ts'
import { addressInLink, addressInText, linkTo } from './share-link.ts'
import type { Session, SessionState } from './session.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * How long the button tells that the link was copied, in ms
 */
const COPIED_TIME = 2_000

/**
 * What the button does
 */
const BUTTON: Partial<Record<SessionState['is'], string>> = {
  connecting: 'Cancel',
  connected: 'Disconnect'
}

export class ConnectForm {
  private readonly session: Session
  private readonly address = byId('address', HTMLTextAreaElement)
  private readonly problem = byId('address-problem', HTMLElement)
  private readonly button = byId('connect-button', HTMLButtonElement)
  private readonly share = byId('share', HTMLButtonElement)

  constructor (session: Session) {
    this.session = session
  }

  start (): void {
    byId('connect', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      this.submit()
    })
    this.address.addEventListener('keydown', (event) => {
      // an address has one line, however many it takes here
      if (event.key === 'Enter' && !event.isComposing) {
        event.preventDefault()
        this.submit()
      }
    })
    this.address.addEventListener('input', () => { this.complain() })
    this.share.addEventListener('click', () => { void this.copyLink() })
    window.addEventListener('hashchange', () => { this.followLink() })
    this.session.addEventListener('change', () => { this.render() })
  }

  /**
   * Fills in the address of the link, or another one if the link has none
   */
  fill (otherwise = ''): void {
    this.address.value = addressInLink(location.hash) || this.address.value || otherwise
  }

  private followLink (): void {
    const linked = addressInLink(location.hash)

    if (linked !== '' && linked !== this.address.value) {
      this.session.disconnect()
      this.complain()
      this.address.value = linked
    }
  }

  private submit (): void {
    const { is } = this.session.state

    if (is === 'connecting' || is === 'connected') {
      this.session.disconnect()
      return
    }

    const address = this.parse()

    if (address != null) {
      history.replaceState(null, '', linkTo(location.href, address.toString()))
      void this.session.connect(address)
    }
  }

  private parse (): Multiaddr | undefined {
    const text = addressInText(this.address.value)
    this.address.value = text

    if (text === '') {
      this.complain('There is no address. Start a listener, and copy the address that it prints.')
      return
    }

    try {
      return multiaddr(text)
    } catch (err: any) {
      this.complain(`This is not a multiaddr: ${err.message}.`)
    }
  }

  private complain (problem = ''): void {
    write(this.problem, problem)
    this.problem.hidden = problem === ''
    this.address.setAttribute('aria-invalid', `${problem !== ''}`)

    if (problem !== '') {
      this.address.focus()
    }
  }

  private async copyLink (): Promise<void> {
    const link = linkTo(location.href, addressInText(this.address.value))

    try {
      await navigator.clipboard.writeText(link)
      write(this.share, 'Copied')
      announce('The link is in the clipboard')
      setTimeout(() => { write(this.share, 'Copy link') }, COPIED_TIME)
    } catch {
      // not every page may, but a person can copy it from there
      history.replaceState(null, '', link)
      announce('The link is in the address bar of the browser')
      write(this.share, 'It is in the address bar')
    }
  }

  private render (): void {
    const { is } = this.session.state
    const busy = is === 'connecting' || is === 'connected'

    write(this.button, BUTTON[is] ?? 'Connect')
    this.button.classList.toggle('primary', !busy)
    this.address.readOnly = busy
  }
}
