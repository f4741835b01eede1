import { literal, sql } from '../../sql/sql.ts'
import { shown } from '../check.ts'
import { check } from '../definition.ts'
import { beginning, limitColumns, ofLimit, overLimit, said } from './limit.ts'

export const groupIdLength = check({
  name: 'group_id_length',
  description: 'No group id is longer than the vendor allows.',
  severity: 'error',
  testsOf: (plan) =>
    ofLimit(plan, 'group_id_length', (limit) => [
      {
        name: 'group_id_length',
        description: `No group id has more characters than ${said(limit)}.`,
        models: ['group_profiles'],
        at: limit.at,
        fix: 'The vendor drops the profiles of such groups. A list or an object that was sent as text is the usual cause.',
        prefilter: {
          model: 'group_profiles',
          when: () => sql`length(group_id) > ${literal(limit.value)}`,
        },
        failures: (c) => sql`
          select group_key, group_id, length(group_id) as characters, ${limitColumns(limit)}
          from ${c.ref('group_profiles')}
          where length(group_id) > ${literal(limit.value)}
          order by characters desc, ${c.fn.byBytes(sql`group_key`)}, ${c.fn.byBytes(sql`group_id`)}
        `,
        explain: (row) =>
          `characters of ${String(row['group_key'])} ${shown(beginning(row['group_id']))}: ${overLimit(row['characters'], row)}`,
      },
    ]),
})
