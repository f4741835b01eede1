import { literal, sql } from '../../sql/sql.ts'
import { check } from '../definition.ts'
import { keysWithProfiles } from '../group_tables.ts'
import { visibly } from '../sentences.ts'

/** Customers on paper: most projects have some, so the test has to be asked for. */
export const profilesWithoutEvents = check({
  name: 'profiles_without_events',
  description: 'Every group of a Group Table has events.',
  severity: 'warn',
  enabled: false,
  testsOf: ({ catalog }) =>
    keysWithProfiles(catalog).map((key) => {
      const isQuiet = sql`group_key = ${literal(key.name)} and has_profile and events = 0`
      return {
        name: `profiles_without_events_${key.noun}`,
        description: `Every \`${key.name}\` of a Group Table has events.`,
        models: ['group_profiles'],
        prefilter: { model: 'group_profiles', when: () => isQuiet },
        failures: ({ fn, ref }) => sql`
          select group_key, group_id, display_name, users
          from ${ref('group_profiles')}
          where ${isQuiet}
          order by ${fn.byBytes(sql`group_id`)}
        `,
        explain: (row) => `${key.name} ${visibly(row['group_id'])} has a profile and no events`,
        fix: 'Compare the ids of the Group Table with those on events, or take these groups out of it.',
      }
    }),
})
