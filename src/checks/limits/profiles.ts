/** Where the properties of profiles are, as far as the project has sources for them. */
import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import type { Plan } from '../../graph/plan.ts'
import { literal, sql, type Sql } from '../../sql/sql.ts'
import type { Prefilter } from '../check.ts'
import type { Limit } from './limit.ts'

export interface Profiles {
  /** Ends the names of tests: `group_profiles`, `source_crm`. */
  readonly name: string
  /** In descriptions: a model, or a source. */
  readonly said: string
  readonly models: readonly string[]
  readonly sources?: readonly string[] | undefined
  /** A subquery of `owner` (`group key company_id`, `source crm` or `users`), `id` and `properties`. */
  readonly rows: (c: ModelContext) => Sql
  /** @param when a condition on `properties` */
  readonly prefilter: (when: Prefilter['when']) => Prefilter
}

/**
 * Vendors get all properties of an object that is sent to them, and relations of groups have only those that
 * the project declares. So where a Group Table has such objects, they are read from it.
 */
export function profilesOf({ catalog }: Plan): Profiles[] {
  const tables = catalog.sourcesOf('group_table')
  const ofGroups = tables.some((table) => !table.hasObjects && table.properties.length > 0)
  const ofUsers = catalog.sourcesOf('user_table').length > 0
  return [
    ...(ofGroups ? [ofModel('group_profiles', sql`'group key ' || group_key`, sql`group_id`)] : []),
    ...tables.filter((table) => table.hasObjects).map(ofSource),
    ...(ofUsers ? [ofModel('user_profiles', literal('users'), sql`user_id`)] : []),
  ]
}

const ofModel = (model: string, owner: Sql, id: Sql): Profiles => ({
  name: model,
  said: `\`${model}\``,
  models: [model],
  rows: (c) => sql`(select ${owner} as owner, ${id} as id, properties from ${c.ref(model)}) as profiles`,
  prefilter: (when) => ({ model, when }),
})

function ofSource(source: Source): Profiles {
  const owner = `source ${source.name}`
  const rows = (c: ModelContext) => {
    const objects = source.objects(c.fn, c.raw(source.name))
    if (!objects) throw new RangeError(`${owner} has no objects`)
    return sql`
      (
        select ${literal(owner)} as owner, group_id as id, properties
        from (
          ${objects}
        ) as profile_rows
        where group_id is not null
      ) as profiles
    `
  }
  return {
    name: `source_${source.name}`,
    said: `source \`${source.name}\``,
    models: ['group_profiles'],
    sources: [source.name],
    rows,
    prefilter: (when) => ({ model: owner, rows, when }),
  }
}

/** An object with more members than the limit is longer than this: `"a":1` and a comma each. */
export const leastBytes = ({ value }: Limit): number => value * 5
