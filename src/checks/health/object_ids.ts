import { BRACE_LIST, BRACED_GUID, BRACKET_LIST, JSON_LIST, PRINTED_LIST } from '../../engines/lib/patterns.ts'
import { called } from '../../graph/called.ts'
import type { GroupKey, Source } from '../../graph/catalog.ts'
import { carriesGroup } from '../../graph/event_group_ids.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { seen, visibly } from '../sentences.ts'

/** `{"id": "acme"}` in the place of an id is no id, and the event would belong to nobody without a word. */
export const objectIds = check({
  name: 'object_ids',
  description:
    'No event has an object or a list of lists in the place of a group id, and no id is one, or a list that cannot be read, as text.',
  severity: 'error',
  testsOf: ({ catalog }) => [
    ...catalog
      .sourcesOf('events')
      .flatMap((source) =>
        source.readsKeys
          .filter(({ from }) => isKept(source, from))
          .map(({ key, from }) => ofKey(source, key, from)),
      ),
    ...[
      ...catalog.sourcesOf('events'),
      ...catalog.sourcesOf('user_table'),
      ...catalog.sourcesOf('links'),
    ].flatMap((source) =>
      source.readsKeys
        .filter(({ from }) => !isKept(source, from) && !isCsv(source))
        .flatMap(({ key, from }) => {
          const registered = called(catalog.groupKeys, key)
          return registered ? [ofRows(source, registered, from)] : []
        }),
    ),
    ...(catalog.groupKeys.length === 0 ? [] : [ofGroups]),
  ],
})

/**
 * Text that looks like a list or an object. As an id it is whole only where nobody could read it as a list of ids:
 * where members are objects or lists, where a quote or the end is missing, or as numpy and Python print arrays, tuples
 * and values of their types. And what JavaScript writes in place of an object.
 */
const LIST_TEXT = [
  `\\s*[[{]\\s*["'[{](.|\\n)*`,
  `\\s*\\[(.|\\n)*\\]\\s*`,
  `\\s*[{](.|\\n)*[}]\\s*`,
  `[[{][^]}]*,[^]}]*`,
  `array\\(\\[(.|\\n)*`,
  `\\(\\s*["'](.|\\n)*\\)`,
  `\\[[0-9]+:[0-9]+\\](.|\\n)*=[{](.|\\n)*[}]`,
  `\\[?object Object\\]?`,
].join('|')

/** Warehouses write JSON with and without spaces. */
const compact = (json: unknown) => JSON.stringify(JSON.parse(String(json)))

/** Whether events have among their properties what the ids are read from. */
const isKept = ({ type, keptProperties }: Source, from: string): boolean =>
  type === 'events' && (keptProperties?.includes(from) ?? true)

/** All of CSV is text, which is an id as it stands. */
const isCsv = ({ relation }: Source): boolean => relation.kind === 'files' && relation.format === 'csv'

function ofKey(source: Source, key: string, from: string): TestDefinition {
  const isOfSource = sql`source = ${literal(source.name)}`
  return {
    name: `object_ids_${source.name}_${key.replaceAll(/\W/g, '_')}`,
    description: `No \`${from}\` on events of \`${source.name}\` is or has an object.`,
    models: ['events', 'event_properties'],
    rowsIn: 'events',
    candidates: (c) => sql`
      select property
      from ${c.ref('event_properties')}
      where ${isOfSource} and property = ${literal(from)}
        and objects + lists > 0
      limit 1
    `,
    failures: (c) => {
      const value = c.fn.jsonField(identifier('properties'), from)
      return sql`
        select
          event_name,
          count(*) as events,
          min(${c.fn.byBytes(sql`written`)}) as example,
          min(occurred_at) as first_seen_at,
          max(occurred_at) as last_seen_at
        from (
          select event_name, occurred_at, ${c.fn.text(value)} as written
          from ${c.ref('events')}
          where ${isOfSource}
        ) as ids
        where ${isNoId(c)}
        group by event_name
        order by events desc, ${c.fn.byBytes(sql`event_name`)}
      `
    },
    explain: (row) =>
      `${from} is ${visibly(compact(row['example']))} on ${visibly(row['event_name'])} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])})`,
    fix: 'Send the id itself. Until then what is an object counts for no group of the key.',
  }
}

/** Of a column that is kept under another name, or not at all: only the rows of the source say what was in it. */
function ofRows(source: Source, key: GroupKey, from: string): TestDefinition {
  const isOfEvents = source.type === 'events'
  return {
    name: `object_ids_${source.name}_${key.name.replaceAll(/\W/g, '_')}`,
    description: `No \`${from}\` in rows of \`${source.name}\` is or has an object.`,
    models: [isOfEvents ? 'events' : 'user_groups'],
    sources: [source.name],
    rowsIn: 'copies',
    // An object leaves the event without a group of the key. Profiles are few.
    ...(isOfEvents && {
      candidates: ({ fn, ref }: ModelContext) => sql`
        select 1 as found
        from ${ref('events')}
        where source = ${literal(source.name)} and not (${carriesGroup(key, fn)})
        limit 1
      `,
    }),
    failures: (c) => {
      const values = source.rawValues(c.fn, c.raw(source.name))
      const raw = values?.ids.find(({ name }) => name === from)?.raw
      if (values === undefined || raw === undefined) return sql`select '' as example, 0 as copies where false`
      const value = c.fn.jsonField(sql`ids`, 'id')
      return sql`
        select min(${c.fn.byBytes(sql`written`)}) as example, count(*) as copies
        from (
          select ${c.fn.text(value)} as written
          from (
            select ${c.fn.jsonObject([['id', raw]])} as ids
            from ${values.from}
          ) as id_values
        ) as written_ids
        where ${isNoId(c)}
        having count(*) > 0
      `
    },
    explain: (row) =>
      `${from} is ${visibly(compact(row['example']))} in ${plural(countOf(row['copies']), 'row')} of ${source.name}`,
    fix: 'Send the id itself. Until then what is an object counts for no group of the key.',
  }
}

/** An object, or a list of more than scalars. */
const isNoId = ({ fn }: ModelContext): Sql => sql`
  case left(written, 1)
    when '{' then true
    when '[' then not ${fn.matches(sql`written`, JSON_LIST)}
    else false
  end
`

/** Text that looks like a list and is none that is known; an id from inside of a list may be one that is. */
const isListText = ({ fn }: Pick<ModelContext, 'fn'>): Sql => {
  const known = [JSON_LIST, BRACKET_LIST, BRACE_LIST, BRACED_GUID].map(
    (pattern) => sql`not ${fn.matches(sql`group_id`, pattern)}`,
  )
  return sql`
    ${fn.matches(sql`group_id`, LIST_TEXT)}
    and (
      ${fn.matches(sql`group_id`, `${PRINTED_LIST}(.|\\n)*`)}
      or (
        ${join(known, '\nand ')}
      )
    )
  `
}

/** Text that cannot be read as a list is an id as it stands: here it shows, from whichever source it comes. */
const ofGroups: TestDefinition = {
  name: 'object_ids_of_groups',
  description: 'No group has the text of an object, or of a list that cannot be read, as its id.',
  models: ['group_profiles'],
  prefilter: {
    model: 'group_profiles',
    when: isListText,
  },
  rowsIn: 'events',
  failures: ({ fn, ref }) => sql`
    select group_key, group_id, events, first_seen_at, last_seen_at
    from ${ref('group_profiles')}
    where ${isListText({ fn })}
    order by events desc, ${fn.byBytes(sql`group_key`)}, ${fn.byBytes(sql`group_id`)}
  `,
  explain: (row) =>
    `A group of ${String(row['group_key'])} has the id ${visibly(row['group_id'])}: ${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}`,
  fix: 'Send the id itself, or a list as JSON, Python, DuckDB or PostgreSQL write it. Until then each text counts as a group of its own.',
}
