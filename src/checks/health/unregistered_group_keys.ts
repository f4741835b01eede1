import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import type { ModelContext } from '../../graph/model.ts'
import { check } from '../check.ts'
import { seen, visibly } from '../said.ts'
import { alike, OF_NAMES } from '../spelling/near_misses.ts'

/** Names of ids of what events may belong to, in snake case, and what SDKs call them. */
const LIKE_GROUP_KEYS =
  '(.*_)?(account|company|organisation|organization|org|team|workspace|tenant|project|group)_?(id|ids|key|uuid)|[$]group_[0-4]'

/** A group key that events carry already, and nobody told gwh of. */
export const unregisteredGroupKeys = check({
  name: 'unregistered_group_keys',
  description: 'No property that looks like a group key, such as workspace_id, is left unregistered.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    if (catalog.sourcesOf('events').length === 0) return []
    const looksLikeOne = ({ fn }: ModelContext): Sql => {
      const known = [
        ...new Set([
          ...catalog.groupKeys.map(({ name }) => name),
          ...catalog.sourcesOf('events').flatMap(({ readsKeys }) => readsKeys.map(({ from }) => from)),
        ]),
      ]
      // Other spellings of a key are what group_key_spelling tells of.
      const notKnown =
        known.length === 0
          ? sql``
          : sql` and ${alike(fn, sql`property`, OF_NAMES)} not in (${join(
              known.map((name) => alike(fn, literal(name), OF_NAMES)),
              ', ',
            )})`
      return sql`events > 0 and ${fn.matches(fn.snakeCase(sql`property`), LIKE_GROUP_KEYS)}${notKnown}`
    }
    return [
      {
        name: 'unregistered_group_keys',
        description: 'Properties that look like group keys are registered.',
        models: ['event_properties'],
        suspects: { model: 'event_properties', when: looksLikeOne },
        rowsIn: 'events',
        failures: (c) => sql`
          select source, property, events, first_at as first_seen_at, last_at as last_seen_at
          from ${c.ref('event_properties')}
          where ${looksLikeOne(c)}
          order by events desc, ${c.fn.byBytes(sql`source`)}, ${c.fn.byBytes(sql`property`)}
        `,
        explain: (row) =>
          `${String(row['source'])} has the property ${visibly(row['property'])}, which is no group key (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])})`,
        mend: 'Register it under `group_keys` if groups are to be counted by it; otherwise switch the test off.',
      },
    ]
  },
})
