import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { plural } from '../../problems.ts'
import { countOf, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { namesRead, rawJson, rawKind, rawNames } from '../raw_members.ts'
import { between, seen, visibly } from '../sentences.ts'
import { alike, OF_NAMES } from '../spelling/near_misses.ts'

const SEPARATOR = '[ _.-]'
const GROUPS = 'account|company|organisation|organization|org|team|workspace|tenant|project|customer|group'

/**
 * Names of ids of what events may belong to, with their words apart, and what SDKs call them. Of clients only
 * the plain id: `ga_client_id` is a device and `oauth_client_id` a program.
 */
const LIKE_GROUP_KEYS = `(([$]|.*${SEPARATOR})?(${GROUPS})|client)${SEPARATOR}*(id|ids|key|uuid)|[$]groups|[$]group_[0-4]`

const FIX = 'Register it under `group_keys` if groups are to be counted by it; otherwise switch the test off.'

/** A group key that events carry already, and nobody told gwh of. */
export const unregisteredGroupKeys = check({
  name: 'unregistered_group_keys',
  description:
    'No property or column that looks like a group key, such as workspace_id, is left unregistered.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const sources = catalog.sourcesOf('events')
    if (sources.length === 0) return []
    return [
      ofProperties,
      // The others keep all that there is, and it is seen among the properties.
      ...sources.filter(({ keptProperties }) => keptProperties !== undefined).map(ofRows),
    ]
  },
})

/** Other spellings of a key are what group_key_spelling tells of. */
function looksLikeOne(property: Sql, { fn, catalog }: ModelContext): Sql {
  const known = [
    ...new Set([
      ...catalog.groupKeys.map(({ name }) => name),
      ...catalog.sourcesOf('events').flatMap(({ readsKeys }) => readsKeys.map(({ from }) => from)),
    ]),
  ]
  const names = known.map((name) => alike(fn, literal(name), OF_NAMES))
  const isKnown = sql`${alike(fn, property, OF_NAMES)} in (${join(names, ', ')})`
  return sql`${fn.matches(fn.trimmed(fn.snakeCase(property)), LIKE_GROUP_KEYS)}${known.length === 0 ? sql`` : sql` and not ${isKnown}`}`
}

const ofProperties: TestDefinition = {
  name: 'unregistered_group_keys',
  description: 'Properties that look like group keys are registered.',
  models: ['event_properties'],
  prefilter: {
    model: 'event_properties',
    when: (c) => sql`events > 0 and ${looksLikeOne(sql`property`, c)}`,
  },
  rowsIn: 'events',
  failures: (c) => sql`
    select source, property, events, first_at as first_seen_at, last_at as last_seen_at
    from ${c.ref('event_properties')}
    where events > 0 and ${looksLikeOne(sql`property`, c)}
    order by events desc, ${c.fn.byBytes(sql`source`)}, ${c.fn.byBytes(sql`property`)}
  `,
  explain: (row) =>
    `${String(row['source'])} has the property ${visibly(row['property'])}, which is no group key (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])})`,
  fix: FIX,
}

function ofRows(source: Source): TestDefinition {
  const unread = (c: ModelContext): Sql => sql`
    select property
    from (
      ${rawNames(source, c)}
    ) as names_of_source
    where property not in (${join(namesRead(source).map(literal), ', ')}) and ${looksLikeOne(sql`property`, c)}
  `
  return {
    name: `unregistered_group_keys_${source.name}`,
    description: `What \`${source.name}\` has that looks like a group key is registered.`,
    models: ['events'],
    sources: [source.name],
    rowsIn: 'rows_with',
    candidates: (c) => sql`
      ${unread(c)}
      limit 1
    `,
    failures: (c) => {
      const { fn } = c
      const time = source.time(fn, c.whole(source.name))?.read ?? sql`cast(null as ${fn.type('timestamp')})`
      return sql`
        with
        unread as (
          ${unread(c)}
        ),
        carried as (
          select u.property, ${time} as happened_at
          from unread as u
          cross join ${c.whole(source.name)} as source_row
          where ${fn.jsonTextNamed(rawJson(source, c, sql`source_row`), sql`u.property`)} <> ''
        )
        select property, count(*) as rows_with, min(happened_at) as first_seen_at, max(happened_at) as last_seen_at
        from carried
        group by property
        order by rows_with desc, ${fn.byBytes(sql`property`)}
      `
    },
    explain: (row) =>
      `${rawKind(source)} ${visibly(row['property'])} of ${source.name} is no group key (${plural(countOf(row['rows_with']), 'row')}, ${between(row['first_seen_at'], row['last_seen_at'])})`,
    fix: FIX,
  }
}
