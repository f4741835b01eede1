/** What follows for relations from what is wrong in a project. */
import type { Broken } from '../project/broken.ts'

/** A project, or what has one. */
interface Having {
  readonly project: { readonly broken: Broken }
}

/** Whether a relation is missing, or has not all of its parts, because of what is wrong elsewhere. */
export function isBrokenModel(name: string, { project: { broken } }: Having): boolean {
  const isOfReport = broken
    .names('reports')
    .some((report) => report === undefined || name === report || name.startsWith(`${report}_`))
  return isOfReport || broken.has('relations', name) || hasBrokenColumns(name, { project: { broken } })
}

/** Whether a relation may have columns that are not known because of what is wrong elsewhere. */
export const hasBrokenColumns = (name: string, { project: { broken } }: Having): boolean =>
  /_(profiles|history)$/.test(name) &&
  (broken.any('group_keys') || broken.any('sources') || broken.any('reports'))
