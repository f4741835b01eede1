import * as z from 'zod'
import { literal, sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf } from '../check.ts'
import { check } from '../definition.ts'
import { perKey, valuesPerKey } from '../per_key.ts'
import { visibly } from '../sentences.ts'

/** A user in hundreds of companies is a script, a support login, or two people under one id. */
export const groupsPerUser = check({
  name: 'groups_per_user',
  description: 'No user belongs to more than `max` groups of a key.',
  severity: 'warn',
  options: z.object({ max: perKey(z.int().positive(), 'The largest number of groups of one user.') }),
  testsOf: ({ catalog }, { max }) =>
    valuesPerKey(catalog, max, ['groups_per_user', 'max']).map(({ key, value }) => ({
      name: `groups_per_user_${key.noun}`,
      description: `No user belongs to more than ${plural(value, 'group')} of \`${key.name}\`.`,
      models: ['user_groups'],
      failures: ({ fn, ref }) => sql`
        select
          user_id,
          count(*) as number_of_groups,
          cast(sum(events) as ${fn.type('bigint')}) as events
        from ${ref('user_groups')}
        where group_key = ${literal(key.name)}
        group by user_id
        having count(*) > ${literal(value)}
        order by number_of_groups desc, ${fn.byBytes(sql`user_id`)}
      `,
      explain: (row) =>
        `user ${visibly(row['user_id'])} belongs to ${plural(countOf(row['number_of_groups']), 'group')} of ${key.name}, more than ${value}`,
      fix: 'Name machines and shared logins under `service_user_ids`.',
    })),
})
