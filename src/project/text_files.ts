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

const nulProblem = (file: string, text: string, offset: number): Problem => {
  const lines = text.slice(0, offset).split('\n')
  return {
    code: 'unreadable_file',
    message: 'The character U+0000 (NUL) is in this file, and no database stores it.',
    at: { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
    fix: 'Take it out; if every other character is one, save the file as UTF-8.',
  }
}

/** The text of a file; undefined, and a problem, where it is not the project's, cannot be read, is not UTF-8, or holds a NUL. */
export function readText(bounds: Bounds, file: string, problems: Problem[]): string | undefined {
  if (!isInside(bounds, file)) {
    problems.push({ ...linkedOutside(file), at: { file, line: 1, column: 1 } })
    return undefined
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path.join(bounds.dir, file)))
    const nul = text.indexOf('\0')
    if (nul >= 0) problems.push(nulProblem(file, text, nul))
    return nul >= 0 ? undefined : text
  } catch (error) {
    const isEncoding = error instanceof TypeError
    problems.push({
      code: 'unreadable_file',
      message: isEncoding ? 'This file is not UTF-8.' : 'This file cannot be read.',
      at: { file, line: 1, column: 1 },
      cause: isEncoding || !(error instanceof Error) ? undefined : error.message,
      fix: isEncoding ? 'Save it as UTF-8.' : 'Check what it is, and who may read it.',
    })
    return undefined
  }
}
