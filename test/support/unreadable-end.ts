const TIME_TAGS = [0x17, 0x18]

/**
 * A certificate as PEM whose end is no date: 9999 as the month and the day
 */
export function withUnreadableEnd (pem: string): string {
  const der = Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64')
  const validity = der.findLastIndex((byte, at) => TIME_TAGS.includes(byte) && [13, 15].includes(der[at + 1]) && der[at + 1 + der[at + 1]] === 0x5a)

  if (validity === -1) {
    throw new Error('There is no date in the certificate')
  }

  der.fill('9', validity + 2, validity + 1 + der[validity + 1])

  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}
