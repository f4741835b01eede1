/** Files that others read: written whole and then renamed, so that a reader never finds half of one. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Where a file is written before it has its name: another process may write the same file at the same time. */
const unfinished = (file: string): string => `${file}.${process.pid}.tmp`

export const isUnfinished = (file: string): boolean => /\.tmp$/.test(file)

/** @param file absolute path; its folder is made where it is missing */
export function writeWhole(file: string, text: string): void {
  makeFolder(path.dirname(file))
  const written = unfinished(file)
  try {
    // What is there under that name may be a link to another file.
    rmSync(written, { force: true })
    writeFileSync(written, text, { flag: 'wx' })
    renameSync(written, file)
  } catch (error) {
    rmSync(written, { force: true })
    throw about(file, error)
  }
}

/** Makes a folder and those above it, where they are not there. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    // Node says of a read-only file system that the folder is not there.
    const isThere = (error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(path.dirname(folder))
    if (!isThere) throw error
    mkdirSync(folder)
  }
}

/** The error of a write, with the name that people know: it has that of an unfinished file, or none. */
const about = (file: string, error: unknown): unknown =>
  error instanceof Error && 'syscall' in error ? Object.assign(error, { path: file }) : error

/**
 * As `writeWhole`, for many files of which most are as they were: those are left alone.
 * @param isThere whether there was a file of that name, and no link, a moment ago
 */
export function writeChanged(file: string, text: string, isThere: boolean): void {
  if (isThere && textOf(file) === text) return
  if (isThere || !writtenNew(file, text)) writeWhole(file, text)
}

/** Undefined where it is gone meanwhile. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @returns whether there was none of that name */
function writtenNew(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw about(file, error)
  }
}
