/** The relations of profiles, as far as the project has sources for them. */
import type { Plan } from '../../graph/plan.ts'
import { literal, sql, type Sql } from '../../sql/sql.ts'
import type { Limit } from './limit.ts'

export interface Profiles {
  readonly model: string
  /** `group key company_id`, or `users`. */
  readonly owner: Sql
  readonly id: Sql
}

export function profilesOf({ catalog }: Plan): Profiles[] {
  const ofGroups = catalog.sourcesOf('group_table').some((table) => table.properties.length > 0)
  const ofUsers = catalog.sourcesOf('user_table').length > 0
  return [
    ...(ofGroups
      ? [{ model: 'group_profiles', owner: sql`'group key ' || group_key`, id: sql`group_id` }]
      : []),
    ...(ofUsers ? [{ model: 'user_profiles', owner: literal('users'), id: sql`user_id` }] : []),
  ]
}

/** An object with more members than the limit is longer than this: `"a":1` and a comma each. */
export const leastBytes = ({ value }: Limit): number => value * 5
