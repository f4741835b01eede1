/** What lies inside of a project: decided by where a path leads, after its symbolic links. */
import { readlinkSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { ProblemError, type Problem } from '../problems.ts'

/** The folder of a project, and the places outside of it that it names. */
export interface Bounds {
  /** Absolute. */
  readonly dir: string
  /** Folders, relative to `dir` or absolute, and prefixes of URLs. */
  readonly external_paths: readonly string[]
}

/** As many links in a row as systems follow. */
const MOST_LINKS = 40

/**
 * Where a path leads, also one that is yet to be made: links are followed as far as there is something, and those
 * that lead to nothing, too, for what is written to them is made there.
 * @param file absolute
 */
export function realPlace(file: string, links = 0): string {
  try {
    return realpathSync(file)
  } catch {
    const folder = path.dirname(file)
    if (folder === file || links > MOST_LINKS) return file
    const place = path.join(realPlace(folder, links), path.basename(file))
    const link = linkAt(place)
    return link === undefined ? place : realPlace(path.resolve(path.dirname(place), link), links + 1)
  }
}

/** Undefined where there is no link, or no folder that it could be in. */
function linkAt(place: string): string | undefined {
  try {
    return readlinkSync(place)
  } catch {
    return undefined
  }
}

/** @returns whether a path is a folder or below it, as it is written */
export const isBelow = (file: string, folder: string): boolean =>
  file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep)

/** Whether a path from the configuration may be used: inside of the project, or under `external_paths`. */
export function isInside({ dir, external_paths: external }: Bounds, file: string): boolean {
  if (file.includes('://'))
    return external.some((prefix) => prefix.includes('://') && file.startsWith(prefix))
  const roots = [dir, ...external.filter((p) => !p.includes('://')).map((p) => path.resolve(dir, p))]
  const place = realPlace(path.resolve(dir, file))
  return roots.some((root) => isBelow(place, realPlace(root)))
}

/** A file that is in the project by its name alone. @param file as messages show it */
export const linkedOutside = (file: string): Pick<Problem, 'code' | 'message' | 'fix'> => ({
  code: 'path_outside_project',
  message: `\`${file}\` is a link, or in a folder that is one, to a place outside of the project's folder.`,
  fix: 'If that is meant, name its folder under `external_paths:` in project.yml.',
})

/**
 * Called before something is written or removed.
 * @param file relative to the project
 * @throws ProblemError `path_outside_project`
 */
export function requireInside(bounds: Bounds, file: string): void {
  if (!isInside(bounds, file)) throw new ProblemError(linkedOutside(file))
}
