import * as z from 'zod'
import { literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { keysWithProfiles } from '../group_tables.ts'
import { percent, seen, visibly } from '../sentences.ts'

/** Groups that act and that the Group Table does not know: they drop out of every breakdown by a property. */
export const groupsWithoutProfile = check({
  name: 'groups_without_profile',
  description: 'Every group on events has a profile, for group keys that have a Group Table.',
  severity: 'warn',
  options: z.object({
    max_share: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('The share of the groups with events that may lack a profile, from 0 to 1.'),
  }),
  testsOf: ({ catalog }, { max_share }) =>
    keysWithProfiles(catalog).map((key) => {
      const isWithout = sql`group_key = ${literal(key.name)} and not has_profile and events > 0`
      return {
        name: `groups_without_profile_${key.noun}`,
        description:
          max_share === 0
            ? `Every \`${key.name}\` on events is in a Group Table.`
            : `At most ${percent(max_share)} of the \`${key.name}\` on events are in no Group Table.`,
        models: ['group_profiles'],
        prefilter: { model: 'group_profiles', when: () => isWithout },
        failures: ({ fn, ref }) => sql`
          with
          -- those with events come with how many they are
          active as (
            select
              group_key,
              group_id,
              has_profile,
              events,
              first_seen_at,
              last_seen_at,
              count(*) over () as groups_with_events,
              count(case when not has_profile then 1 end) over () as groups_without
            from ${ref('group_profiles')}
            where group_key = ${literal(key.name)} and events > 0
          )
          select group_key, group_id, events, first_seen_at, last_seen_at
          from active
          where not has_profile and groups_without > ${literal(max_share)} * groups_with_events
          order by events desc, ${fn.byBytes(sql`group_id`)}
        `,
        explain: (row) =>
          `${key.name} ${visibly(row['group_id'])} has no profile (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])})`,
        fix: 'Add the groups to the Group Table. Ids that differ only in spelling are listed by group_id_profile_case.',
      }
    }),
})
