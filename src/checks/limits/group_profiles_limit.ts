import { literal, sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { limitColumns, ofLimit, overLimit, said } from './limit.ts'

/** Groups that are only seen on events have no profile, and do not count. */
export const groupProfilesLimit = check({
  name: 'group_profiles_limit',
  description: 'No group key has more profiles than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'group_profiles', (limit) => [
      {
        name: 'group_profiles_limit',
        description: `No group key has more profiles than ${said(limit)}.`,
        models: ['group_profiles'],
        at: limit.at,
        fix: 'Leave out groups that nobody needs in the Group Table: trials that ended, or test accounts.',
        failures: (c) => sql`
          select group_key, count(*) as profiles, ${limitColumns(limit)}
          from ${c.ref('group_profiles')}
          where has_profile
          group by group_key
          having count(*) > ${literal(limit.value)}
        `,
        explain: (row) => `profiles of ${shown(row['group_key'])}: ${overLimit(row['profiles'], row)}`,
      },
    ]),
})
