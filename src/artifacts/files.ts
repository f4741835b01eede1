/** Files that others read: written whole and then renamed, so that a reader never finds half of one. */
import { lstatSync, readFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Where a file is written before it has its name: another process may write the same file at the same time. */
export const unfinished = (file: string): string => `${file}.${process.pid}.tmp`

export const isUnfinished = (file: string): boolean => /\.tmp$/.test(file)

/** @param file absolute path; its folder is made where it is missing */
export function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const written = unfinished(file)
  try {
    // What is there under that name may be a link to another file.
    rmSync(written, { force: true })
    writeFileSync(written, text, { flag: 'wx' })
    renameSync(written, file)
  } catch (error) {
    rmSync(written, { force: true })
    throw error
  }
}

/**
 * As `writeWhole`, for many files of which most are new or as they were: those that are the same are left alone.
 * @param file absolute path in a folder that is there
 */
export function writeChanged(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // A link is no file of ours, whatever it leads to.
    if (lstatSync(file).isFile() && readFileSync(file, 'utf8') === text) return
    writeWhole(file, text)
  }
}
