/** Files that others read: written whole and then renamed, so that a reader never finds half of one. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** @param file absolute path; its folder is made where it is missing */
export function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.tmp`, text)
  renameSync(`${file}.tmp`, file)
}
