import { expect } from 'aegir/chai'
import { killAll, line, run, start } from '../support/command-line.ts'

describe('a name in the address that a command dials', () => {
  let address: string

  before(async () => {
    address = (await line(start(['listen', '--host', '127.0.0.1', '--perf']), () => true)).replace('/ip4/127.0.0.1/', '/dns/localhost/')
  })

  after(killAll)

  const COMMANDS = [['ping', '-c', '1'], ['echo'], ['perf', '-u', '1', '-d', '1']]

  COMMANDS.forEach(([command, ...args]) => {
    it(`is found: ${command}`, async () => {
      const { code, stderr } = await run([command, ...args, address], 'hello')

      expect(stderr).to.not.include('webrtc-direct: ')
      expect(code).to.equal(0)
    })

    it(`is told where it is not found: ${command}`, async () => {
      const { code, stderr } = await run([command, ...args, address.replace('localhost', 'nosuch.invalid')], 'hello')

      expect(stderr).to.match(/^webrtc-direct: address: .*nosuch\.invalid.*\n$/)
      expect(code).to.equal(1)
    })
  })
})
