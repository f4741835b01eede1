/** The text files of a project. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Problem } from '../problems.ts'
import { isInside, linkedOutside, type Bounds } from './inside.ts'

/** Files below a folder of the project whose names match, in order, as paths of the project. */
export function filesBelow(dir: string, folder: string, ending: RegExp): string[] {
  const full = path.join(dir, folder)
  if (!statSync(full, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file) && !isFolder(path.join(full, file)))
    .sort()
    .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
}

const isFolder = (file: string) => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false

/** The text of a file; undefined, and a problem, where it is not the project's, cannot be read or is not UTF-8. */
export function readText(bounds: Bounds, file: string, problems: Problem[]): string | undefined {
  if (!isInside(bounds, file)) {
    problems.push({ ...linkedOutside(file), at: { file, line: 1, column: 1 } })
    return undefined
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path.join(bounds.dir, file)))
  } catch (error) {
    const isEncoding = error instanceof TypeError
    problems.push({
      code: 'unreadable_file',
      message: isEncoding ? 'This file is not UTF-8.' : 'This file cannot be read.',
      at: { file, line: 1, column: 1 },
      cause: isEncoding || !(error instanceof Error) ? undefined : error.message,
      hint: isEncoding ? 'Save it as UTF-8.' : 'Check what it is, and who may read it.',
    })
    return undefined
  }
}
