/** Whether a path from the configuration may be used: inside of the project, or under `external_paths`. */
import path from 'node:path'
import type { Project } from '../project/load.ts'

export function isInside(project: Pick<Project, 'dir' | 'external_paths'>, file: string): boolean {
  if (file.includes('://'))
    return project.external_paths.some((prefix) => prefix.includes('://') && file.startsWith(prefix))
  const full = path.resolve(project.dir, file)
  const roots = [
    project.dir,
    ...project.external_paths.filter((p) => !p.includes('://')).map((p) => path.resolve(project.dir, p)),
  ]
  return roots.some(
    (root) => full === root || full.startsWith(root.endsWith(path.sep) ? root : root + path.sep),
  )
}
