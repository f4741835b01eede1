import { join, literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { keysWithProfiles } from '../group_tables.ts'
import { seen, visibly } from '../sentences.ts'
import { alike, differsIn, OF_IDS } from './near_misses.ts'

/** Groups that have no properties only because their Group Table spells the id otherwise than the events do. */
export const groupIdProfileCase = check({
  name: 'group_id_profile_case',
  description:
    'No group on events misses its profile only because the Group Table writes its id in another way.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const keys = keysWithProfiles(catalog)
    if (keys.length === 0) return []
    const names = join(
      keys.map((key) => literal(key.name)),
      ', ',
    )
    return [
      {
        name: 'group_id_profile_case',
        description: 'Ids on events and ids in Group Tables do not differ only in their spelling.',
        models: ['group_profiles'],
        prefilter: {
          model: 'group_profiles',
          when: () => sql`group_key in (${names}) and not has_profile and events > 0`,
        },
        rowsIn: 'events',
        failures: ({ fn, ref }) => sql`
          with
          spellings as (
            select
              group_key,
              group_id,
              has_profile,
              events,
              first_seen_at,
              last_seen_at,
              ${alike(fn, sql`group_id`, OF_IDS)} as plain_id
            from ${ref('group_profiles')}
            where group_key in (${names})
          ),
          pairs as (
            select
              seen.group_key,
              seen.group_id,
              seen.events,
              seen.first_seen_at,
              seen.last_seen_at,
              profile.group_id as profile_id,
              -- of several profiles that would do, the first by bytes
              row_number() over (
                partition by seen.group_key, seen.group_id
                order by ${fn.byBytes(sql`profile.group_id`)}
              ) as place
            from spellings as seen
            join spellings as profile on profile.group_key = seen.group_key and profile.plain_id = seen.plain_id
            where seen.events > 0 and not seen.has_profile and profile.has_profile
          )
          select
            group_key,
            group_id,
            events,
            first_seen_at,
            last_seen_at,
            profile_id,
            ${differsIn(fn, sql`group_id`, sql`profile_id`, OF_IDS)} as differs_in
          from pairs
          where place = 1
          order by events desc, group_key, ${fn.byBytes(sql`group_id`)}
        `,
        explain: (row) =>
          `${String(row['group_key'])} ${visibly(row['group_id'])} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}) has no profile; the Group Table has ${visibly(row['profile_id'])}, which differs in ${String(row['differs_in'])}`,
        fix: 'Write ids in the Group Table as the events write them, or the other way round, in the query or view that the source reads.',
      },
    ]
  },
})
