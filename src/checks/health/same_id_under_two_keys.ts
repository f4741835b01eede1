import * as z from 'zod'
import { literal, sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf } from '../check.ts'
import { check } from '../definition.ts'
import { percent, visibly } from '../sentences.ts'

/**
 * An id in the wrong place: a team's id sent as a company's. Keys whose ids are nearly all the same, such as a
 * list of companies beside one company, or keys that number their groups from 1, share them on purpose; two
 * thirds of them are a mistake still, and the worst one.
 */
export const sameIdUnderTwoKeys = check({
  name: 'same_id_under_two_keys',
  description: 'No two group keys share some of their ids.',
  severity: 'warn',
  options: z.object({
    max_share: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe(
        'Keys that share a larger part of their ids (of the key with fewer) than this do so on purpose; 1: none do.',
      ),
  }),
  testsOf: ({ catalog }, { max_share }) =>
    catalog.groupKeys.length < 2
      ? []
      : [
          {
            name: 'same_id_under_two_keys',
            description: 'An id stands for groups of one key only.',
            models: ['group_surrogate_keys'],
            rowsIn: 'shared_ids',
            failures: ({ fn, ref }) => sql`
              with
              groups_of_keys as (
                select group_key, count(*) as number_of_groups
                from ${ref('group_surrogate_keys')}
                group by group_key
              ),
              shared as (
                select
                  one.group_key,
                  other.group_key as other_key,
                  count(*) as shared_ids,
                  min(${fn.byBytes(sql`one.group_id`)}) as example_id
                from ${ref('group_surrogate_keys')} as one
                join ${ref('group_surrogate_keys')} as other
                  on other.group_id = one.group_id
                  -- each pair of keys once
                  and ${fn.byBytes(sql`other.group_key`)} > ${fn.byBytes(sql`one.group_key`)}
                group by one.group_key, other.group_key
              )
              select
                s.group_key,
                s.other_key,
                s.shared_ids,
                s.example_id,
                s.shared_ids * 1.0 / ${fn.leastOf([sql`g.number_of_groups`, sql`h.number_of_groups`])} as share
              from shared as s
              join groups_of_keys as g on g.group_key = s.group_key
              join groups_of_keys as h on h.group_key = s.other_key
              where s.shared_ids <= ${literal(max_share)} * ${fn.leastOf([sql`g.number_of_groups`, sql`h.number_of_groups`])}
              order by s.shared_ids desc, ${fn.byBytes(sql`s.group_key`)}, ${fn.byBytes(sql`s.other_key`)}
            `,
            explain: (row) =>
              `${String(row['group_key'])} and ${String(row['other_key'])} share ${plural(countOf(row['shared_ids']), 'id')}, such as ${visibly(row['example_id'])} (${percent(row['share'])} of the smaller key)`,
            fix: 'Check whether ids of one key are sent as those of the other. Queries must name the group key in any case.',
          },
        ],
})
