/** A disk so small that it is full at once. */
import { spawnSync } from 'node:child_process'
import { chownSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { account } from '../support/postgres-binaries.ts'

export interface SmallDisk {
  readonly folder: string
  /** The file that takes the room. */
  readonly filler: string
  remove(): void
}

/** @param size as tmpfs takes it. @returns a sentence where the machine does not give one */
export function smallDisk(size: string): SmallDisk | string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gwh-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    return 'this machine does not let a small disk be mounted'
  }
  // what a server runs as
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid)
  const unmount = () => {
    // -l: whoever still has it open keeps it until the end
    spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', unmount)
  return {
    folder,
    filler: path.join(folder, 'filler'),
    remove() {
      process.off('exit', unmount)
      unmount()
    },
  }
}

/** Takes all the room that is left, to the last page. */
export function fill(filler: string): void {
  const file = openSync(filler, 'a')
  try {
    for (let size = 1 << 20; size >= 512; size >>= 1) {
      const bytes = Buffer.alloc(size)
      try {
        for (;;) if (writeSync(file, bytes) < size) break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(file)
  }
}

export const makeRoom = (filler: string): void => rmSync(filler, { force: true })
