import { execFile, spawnSync } from 'node:child_process'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { accessTo, isReadOnlyMount } from '../../src/cli/file-access.ts'
import { readKey, readOrCreateKey } from '../../src/cli/key-file.ts'
import { objects, runEach } from '../support/command-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const BIN = fileURLToPath(new URL('../../../bin/webrtc-direct.js', import.meta.url))
const ANNOUNCED = '/ip4/192.0.2.1/udp/9000/webrtc-direct'

const MOUNTS = `
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:20 / /proc rw - proc proc rw
23 21 8:1 /secrets/key /run/secrets/node.key ro,relatime - ext4 /dev/sda1 rw
24 21 0:30 / /var/run/secrets/node rw,relatime shared:7 master:2 - tmpfs tmpfs ro,size=4k
25 21 0:31 / /mnt/with\\040space ro - tmpfs tmpfs rw
26 21 0:32 / /mnt/covered ro - tmpfs tmpfs ro
27 26 0:33 / /mnt/covered rw - tmpfs tmpfs rw
28 21 0:34 / /data ro - tmpfs tmpfs ro
29 28 0:35 / /data/rw rw - tmpfs tmpfs rw
`

describe('who can read a file', () => {
  describe('a mount is read-only', () => {
    for (const path of ['/run/secrets/node.key', '/var/run/secrets/node/..2026/key', '/mnt/with space/key', '/data/key', '/data/rwx']) {
      it(`at ${path}`, () => {
        expect(isReadOnlyMount(MOUNTS, path)).to.be.true()
      })
    }

    for (const path of ['/node.key', '/run/secrets/node.key2', '/run/secrets', '/var/run/secrets/node2/key', '/mnt/covered/key', '/data/rw/key', '/database/key']) {
      it(`but not at ${path}`, () => {
        expect(isReadOnlyMount(MOUNTS, path)).to.be.false()
      })
    }

    it('but not where nothing is known', () => {
      expect(isReadOnlyMount('', '/node.key')).to.be.false()
    })
  })

  // not on Windows, where a file has no mode
  if (process.getuid != null) {
    describe('with modes', () => {
      const folder = temporaryFolder()
      let file: string

      beforeEach(() => {
        file = join(folder.path, 'node.key')
      })

      it('is its owner, and those whom its mode names', async () => {
        await writeFile(file, '')

        for (const [mode, access] of [[0o600, 'private'], [0o400, 'private'], [0o444, 'exposed'], [0o440, 'exposed'], [0o620, 'exposed']] as const) {
          await chmod(file, mode)

          expect(await accessTo(file, await stat(file))).to.equal(access)
        }

        expect(await readdir(folder.path)).to.deep.equal(['node.key'])
      })

      it('is no question where the file is of somebody else', async () => {
        await writeFile(file, '')
        await chmod(file, 0o444)
        const { mode, uid } = await stat(file)

        expect(await accessTo(file, { mode, uid: uid + 1 })).to.equal('private')
      })

      it('is not known where the file system keeps no modes', async () => {
        await writeFile(file, '')
        await chmod(file, 0o777)

        expect(await accessTo(file, await stat(file), async () => false)).to.equal('no-modes')
      })

      describe('a key that others can read is taken, with a warning,', () => {
        it('where the user says so', async () => {
          const { key } = await readOrCreateKey(file)
          await chmod(file, 0o644)
          const warnings: string[] = []

          await expect(readKey(file)).to.eventually.be.rejected.with.property('name', 'UsageError')
          expect((await readKey(file, { allowReadable: true, warn: text => warnings.push(text) })).equals(key)).to.be.true()
          expect(warnings).to.deep.equal([`others can read or write ${file} (mode 0644), and whoever has the key is this peer`])
        })

        it('where the user says so on the command line', async () => {
          await readOrCreateKey(file)
          await chmod(file, 0o440)

          const message = `others can read or write ${file} (mode 0440), and whoever has the key is this peer`
          const args = ['address', '--key', file, '--allow-readable-key', '--announce', ANNOUNCED]
          const [people, machines] = await runEach([args, [...args, '--json']])

          expect(people).to.include({ code: 0, stderr: `webrtc-direct: warning: ${message}\n` })
          expect(people.stdout.toString()).to.include('/certhash/')
          expect(machines).to.include({ code: 0, stderr: '' })

          const [warning, address] = objects(machines)
          expect(warning).to.deep.equal({ event: 'warning', message })
          expect(address.addresses[0]).to.include('/certhash/')
        })

        if (canMount()) {
          it('where it is on a read-only mount and only its owner could change it', async () => {
            const { key } = await readOrCreateKey(file)
            const script = 'mount -t tmpfs tmpfs /mnt && cp "$1" /mnt/node.key && chmod "$2" /mnt/node.key && mount -o remount,ro /mnt && exec "$3" "$4" address --key /mnt/node.key --announce "$5"'
            const inContainer = async (mode: string): Promise<{ stdout: string, stderr: string }> =>
              promisify(execFile)('unshare', ['-rm', 'sh', '-c', script, 'sh', file, mode, process.execPath, BIN, ANNOUNCED])

            for (const mode of ['0444', '0440']) {
              const { stdout, stderr } = await inContainer(mode)

              expect(stdout).to.include(`/p2p/${peerIdFromPrivateKey(key)}`)
              expect(stderr).to.equal(`webrtc-direct: warning: others can read /mnt/node.key (mode ${mode}), which is on a read-only mount, and whoever has the key is this peer\n`)
            }

            await expect(inContainer('0664')).to.eventually.be.rejected.with.property('stderr').that.include('others can read or write /mnt/node.key (mode 0664)').and.include('--allow-readable-key')
          })
        }
      })
    })
  }
})

/**
 * As a container does it, in a mount namespace of its own
 */
function canMount (): boolean {
  return spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt && mount -o remount,ro /mnt']).status === 0
}
