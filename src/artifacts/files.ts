/** Files that others read: written whole and then renamed, so that a reader never finds half of one. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** @param file absolute path; its folder is made where it is missing */
export function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  // What is there under that name may be a link to another file.
  rmSync(`${file}.tmp`, { force: true })
  writeFileSync(`${file}.tmp`, text, { flag: 'wx' })
  renameSync(`${file}.tmp`, file)
}
