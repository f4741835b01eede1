/** Where profiles come from and go to, for checks on them. */
import type { Catalog, GroupKey, Source } from '../graph/catalog.ts'
import { foldedName } from '../graph/connector.ts'

/** Group keys whose groups can have a profile. */
export const keysWithProfiles = (catalog: Catalog): readonly GroupKey[] =>
  catalog.groupKeys.filter((key) => tablesOf(catalog, key).length > 0)

/** The relation of profiles that a Group Table or user table is read into. */
export function profilesModel({ groupKeys }: Catalog, table: Source): string {
  const key = groupKeys.find(({ name }) => name === table.groupKey)
  return key === undefined ? 'user_profiles' : `${key.noun}_profiles`
}

/** The relation that the rows of a source of events, profiles, operations or links are read into. */
export function modelRead(catalog: Catalog, source: Source): string {
  if (source.type === 'events') return 'events'
  if (source.type === 'operations') return foldedName(source.name)
  return source.type === 'links' ? 'user_groups' : profilesModel(catalog, source)
}

/** The Group Tables of a key. */
export const tablesOf = (catalog: Catalog, key: GroupKey): readonly Source[] =>
  catalog.sourcesOf('group_table').filter((table) => table.groupKey === key.name)
