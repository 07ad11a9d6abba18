/**
 * Where generated certificates outlive a restart: the key in the keychain, the
 * certificates in the datastore, under the names and in the form of
 * `@libp2p/webrtc`, so that either reads what the other has written.
 *
 * What is found there and can't be used is left as it is: it may be of somebody
 * else, or the key to an address that others have stored.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Key } from 'interface-datastore'
import { CertificateStoreError } from '../errors.ts'
import { splitPem, transportCertificate } from './certificate.ts'
import type { TransportCertificate } from './certificate.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { Datastore } from 'interface-datastore'

/**
 * What is needed of the keychain, which is that of `@libp2p/keychain`
 */
export interface CertificateKeychain {
  /**
   * @throws {NotFoundError} if there is no key of that name
   */
  exportKey (name: string): Promise<PrivateKey>

  /**
   * @throws {InvalidParametersError} if there is a key of that name
   */
  importKey (name: string, key: PrivateKey): Promise<unknown>
}

export interface CertificateStoreComponents {
  datastore: Datastore
  keychain?: CertificateKeychain
}

export interface CertificateStoreNames {
  certificateDatastoreKey: string
  certificateKeychainName: string
}

/**
 * A certificate with its end
 */
export interface DatedCertificate extends TransportCertificate {
  /**
   * In ms since 1970
   */
  readonly notAfter: number
}

export interface Stored {
  readonly key?: PrivateKey

  /**
   * All of them are of the key
   */
  readonly certificates: DatedCertificate[]
}

export interface CertificateStore {
  /**
   * @throws {CertificateStoreError} if it can't be read, or what is there does
   * not fit together
   */
  load (): Promise<Stored>

  /**
   * Returns the key to use: that of another process, if that was faster
   *
   * @throws {CertificateStoreError} if it can't be written
   */
  saveKey (key: PrivateKey): Promise<PrivateKey>

  /**
   * @param certificates - all of the key that was stored; the newest first, which
   * is the one that `@libp2p/webrtc` reads
   * @throws {CertificateStoreError} if it can't be written
   */
  saveCertificates (certificates: DatedCertificate[]): Promise<void>
}

/**
 * Without a keychain nothing is kept, as in `@libp2p/webrtc`: a certificate is of
 * no use without its key
 */
export function createCertificateStore (components: CertificateStoreComponents, names: CertificateStoreNames): CertificateStore | undefined {
  const keychain = findKeychain(components)

  return keychain == null ? undefined : new KeychainCertificateStore(components.datastore, keychain, names)
}

/**
 * The components of a node throw where one is missing
 */
function findKeychain (components: CertificateStoreComponents): CertificateKeychain | undefined {
  try {
    return components.keychain
  } catch {
    return undefined
  }
}

class KeychainCertificateStore implements CertificateStore {
  private readonly datastore: Datastore
  private readonly keychain: CertificateKeychain
  private readonly key: Key
  private readonly names: CertificateStoreNames

  constructor (datastore: Datastore, keychain: CertificateKeychain, names: CertificateStoreNames) {
    this.datastore = datastore
    this.keychain = keychain
    this.key = new Key(names.certificateDatastoreKey)
    this.names = names
  }

  async load (): Promise<Stored> {
    const pem = await this.readCertificates()
    const key = await this.readKey()

    if (pem == null) {
      return { key, certificates: [] }
    }

    if (key == null) {
      throw new CertificateStoreError(`there are certificates at ${this.key} in the datastore, but no key named ${this.names.certificateKeychainName} in the keychain: configure the keychain and the certificateKeychainName that they were made with, or delete that entry to have others made`)
    }

    return { key, certificates: this.parse(pem, key) }
  }

  async saveKey (key: PrivateKey): Promise<PrivateKey> {
    const { certificateKeychainName: keychainName } = this.names

    try {
      await this.keychain.importKey(keychainName, key)

      return key
    } catch (cause: any) {
      const other = await this.readKey()

      if (other == null) {
        throw new CertificateStoreError(`the key ${keychainName} can't be written to the keychain - ${cause.message}`, { cause })
      }

      return other
    }
  }

  async saveCertificates (certificates: DatedCertificate[]): Promise<void> {
    const text = certificates.map(({ pem }) => pem).join('')

    try {
      await this.datastore.put(this.key, new TextEncoder().encode(text))
    } catch (cause: any) {
      throw new CertificateStoreError(`the certificates can't be written to ${this.key} in the datastore - ${cause.message}`, { cause })
    }
  }

  private async readCertificates (): Promise<string | undefined> {
    try {
      return new TextDecoder().decode(await this.datastore.get(this.key))
    } catch (cause: any) {
      if (cause.name === 'NotFoundError') {
        return undefined
      }

      throw new CertificateStoreError(`the certificates at ${this.key} can't be read from the datastore - ${cause.message}`, { cause })
    }
  }

  private async readKey (): Promise<PrivateKey | undefined> {
    const { certificateKeychainName: keychainName } = this.names
    let key: PrivateKey

    try {
      key = await this.keychain.exportKey(keychainName)
    } catch (cause: any) {
      if (cause.name === 'NotFoundError') {
        return undefined
      }

      throw new CertificateStoreError(`the key ${keychainName} can't be read from the keychain: has the keychain the password that it was written with? - ${cause.message}`, { cause })
    }

    if (!isP256(key)) {
      throw new CertificateStoreError(`the key ${keychainName} in the keychain is not ECDSA on P-256, so it was not made for certificates: give another certificateKeychainName`)
    }

    return key
  }

  private parse (text: string, key: PrivateKey): DatedCertificate[] {
    const privateKey = createPrivateKey({ key: Buffer.from(key.raw), format: 'der', type: 'sec1' })
    const pems = splitPem(text)

    if (pems.length === 0) {
      throw new CertificateStoreError(`what is at ${this.key} in the datastore is no certificate: delete that entry to have one made, or give another certificateDatastoreKey`)
    }

    return pems.map(pem => {
      let x509: X509Certificate

      try {
        x509 = new X509Certificate(pem)
      } catch (cause: any) {
        throw new CertificateStoreError(`the certificate at ${this.key} in the datastore is damaged: delete that entry to have another made - ${cause.message}`, { cause })
      }

      const notAfter = Date.parse(x509.validTo)

      if (Number.isNaN(notAfter)) {
        throw new CertificateStoreError(`the certificate at ${this.key} in the datastore is damaged: delete that entry to have another made - its end is no date`)
      }

      if (!x509.checkPrivateKey(privateKey)) {
        throw new CertificateStoreError(`the certificate at ${this.key} in the datastore is not of the key ${this.names.certificateKeychainName} in the keychain: give the certificateKeychainName that it was made with, or delete that entry to have another made`)
      }

      return {
        ...transportCertificate(privateKey.export({ format: 'der', type: 'pkcs8' }), x509.raw),
        notAfter
      }
    })
  }
}

function isP256 (key: PrivateKey): boolean {
  return key.type === 'ECDSA' && key.jwk.crv === 'P-256'
}
