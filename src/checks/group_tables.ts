/** Which group keys have Group Tables, for checks on profiles. */
import type { Catalog, GroupKey, Source } from '../graph/catalog.ts'

/** Group keys whose groups can have a profile. */
export const keysWithProfiles = (catalog: Catalog): readonly GroupKey[] =>
  catalog.groupKeys.filter((key) => tablesOf(catalog, key).length > 0)

/** The Group Tables of a key. */
export const tablesOf = (catalog: Catalog, key: GroupKey): readonly Source[] =>
  catalog.sourcesOf('group_table').filter((table) => table.groupKey === key.name)
