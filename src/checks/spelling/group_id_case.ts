import { sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { parts, profiled, seen, visibly } from '../sentences.ts'
import { alike, differsIn, OF_IDS } from './near_misses.ts'

/**
 * One company that counts as several, because its id is written in several ways. The spelling with the most
 * events is taken for the usual one, of equal ones the first by bytes; each other one is a failure.
 */
export const groupIdCase = check({
  name: 'group_id_case',
  description:
    'No two ids of a group key differ only in case, in white space at their ends, in their Unicode form or in how a number is written.',
  severity: 'warn',
  testsOf: (plan) =>
    plan.catalog.groupKeys.length === 0
      ? []
      : [
          {
            name: 'group_id_case',
            description: 'No group is spelled in two ways, on events or in profiles.',
            models: ['group_profiles'],
            rowsIn: 'events',
            // Groups of profiles alone too: a spelling that no event has is a group all the same.
            failures: ({ fn, ref }) => sql`
              with
              spellings as (
                select
                  group_key,
                  group_id,
                  events,
                  first_seen_at,
                  last_seen_at,
                  has_profile,
                  ${alike(fn, sql`group_id`, OF_IDS)} as plain_id
                from ${ref('group_profiles')}
              ),
              in_several_ways as (
                select group_key, plain_id
                from spellings
                group by group_key, plain_id
                having count(*) > 1
              ),
              ranked as (
                select
                  s.group_key,
                  s.plain_id,
                  s.group_id,
                  s.events,
                  s.first_seen_at,
                  s.last_seen_at,
                  s.has_profile,
                  row_number() over (
                    partition by s.group_key, s.plain_id
                    order by s.events desc, ${fn.byBytes(sql`s.group_id`)}
                  ) as place,
                  row_number() over (
                    partition by s.group_key, s.plain_id, s.has_profile
                    order by ${fn.byBytes(sql`s.group_id`)}
                  ) as place_in_profiles
                from in_several_ways as w
                join spellings as s on s.group_key = w.group_key and s.plain_id = w.plain_id
              )
              select
                other.group_key,
                other.group_id,
                other.events,
                other.first_seen_at,
                other.last_seen_at,
                other.has_profile,
                usual.group_id as usual_id,
                usual.events as usual_events,
                usual.first_seen_at as usual_first_seen_at,
                usual.last_seen_at as usual_last_seen_at,
                usual.has_profile as usual_has_profile,
                ${differsIn(fn, sql`other.group_id`, sql`usual.group_id`, OF_IDS)} as differs_in
              from ranked as other
              join ranked as usual
                on usual.group_key = other.group_key
                and usual.plain_id = other.plain_id
                and usual.place = 1
              where
                other.place > 1
                -- events in the one and a profile in the other are what group_id_profile_case tells of, which
                -- names the first of several profiles
                and not (
                  other.events = 0
                  and other.has_profile
                  and other.place_in_profiles = 1
                  and usual.events > 0
                  and not usual.has_profile
                )
              order by other.events desc, other.group_key, ${fn.byBytes(sql`other.group_id`)}
            `,
            explain: (row) => {
              const [id, usual] = [visibly(row['group_id']), visibly(row['usual_id'])]
              return `${parts(
                `${String(row['group_key'])} ${id} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}) differs from ${usual} (${seen(row['usual_events'], row['usual_first_seen_at'], row['usual_last_seen_at'])}) in ${String(row['differs_in'])}`,
                profiled(row, id, usual),
              )}`
            },
            fix: 'Each spelling counts as a group of its own. Send one spelling, or make it one in the query or view that the source reads.',
          },
        ],
})
