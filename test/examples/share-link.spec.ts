import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { addressInLink, addressInText, linkTo } from '../../examples/browser/share-link.ts'

const ADDRESS = '/ip4/127.0.0.1/udp/9000/webrtc-direct/certhash/uEiB4DHLLDSkAlDRoOBQVwg2xI2ghg6wNOnDwdnO9L-Uy6Q/p2p/12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi'

describe('the link to the page', () => {
  it('has the address behind the #, readable', () => {
    expect(linkTo('http://127.0.0.1:8080/', ADDRESS)).to.equal(`http://127.0.0.1:8080/#${ADDRESS}`)
  })

  it('replaces the address that is there', () => {
    expect(linkTo(`http://127.0.0.1:8080/page?a=b#${ADDRESS}`, '/ip6/::1/udp/1/webrtc-direct')).to.equal('http://127.0.0.1:8080/page?a=b#/ip6/::1/udp/1/webrtc-direct')
  })

  it('gives back every address, whatever is in it', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (address) => {
      // as the browser has it
      const link = new URL(linkTo('https://example.com/', address)).href

      expect(addressInLink(link)).to.equal(address.trim())
    }))
  })

  for (const link of ['', '#', 'http://127.0.0.1:8080/', 'http://127.0.0.1:8080/#', '#%20']) {
    it(`has no address if it is "${link}"`, () => {
      expect(addressInLink(link)).to.equal('')
    })
  }

  it('may have been written by hand', () => {
    expect(addressInLink('#/ip6zone/100%/ip6/::1')).to.equal('/ip6zone/100%/ip6/::1')
  })
})

describe('what somebody pastes for an address', () => {
  const pasted: Record<string, string> = {
    'the address': ADDRESS,
    'spaces and line breaks around it': `\n  ${ADDRESS} \r\n`,
    'it in quotes': `"${ADDRESS}"`,
    'it in backticks': `\`${ADDRESS}\``,
    'a link': `http://127.0.0.1:8080/#${ADDRESS}`,
    'a link that a program has escaped': `https://example.com/page#${encodeURIComponent(ADDRESS)}`,
    'all that webrtc-direct listen prints': `${ADDRESS}\n/ip4/192.0.2.1/udp/9000/webrtc-direct\nServing ping, echo and identify, Ctrl-C ends`,
    'a line of a log': `12D3KooW connected from ${ADDRESS}, now`
  }

  for (const [what, text] of Object.entries(pasted)) {
    it(`may be ${what}`, () => {
      expect(addressInText(text)).to.equal(ADDRESS)
    })
  }

  it('is left as it is where there is no address in it', () => {
    expect(addressInText(' 127.0.0.1:9000 ')).to.equal('127.0.0.1:9000')
    expect(addressInText(' ')).to.equal('')
  })
})
