import { JSON_LIST } from '../../dialects/patterns.ts'
import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, literal, sql, type Sql } from '../../sql/sql.ts'
import { check, type TestDefinition } from '../check.ts'
import { seen, visibly } from '../said.ts'

/** `{"id": "acme"}` in the place of an id is no id, and the event would belong to nobody without a word. */
export const objectIds = check({
  name: 'object_ids',
  description:
    'No event has an object or a list of lists in the place of a group id, and no id is one as text.',
  severity: 'error',
  testsOf: ({ catalog }) => [
    ...catalog
      .sourcesOf('events')
      .flatMap((source) =>
        source.readsKeys
          .filter(({ from }) => source.keptProperties?.includes(from) ?? true)
          .map(({ key, from }) => ofKey(source, key, from)),
      ),
    ...(catalog.groupKeys.length === 0 ? [] : [ofGroups]),
  ],
})

/** Text that is an object, or what JavaScript writes in its place. A GUID may stand in braces too. */
const OBJECT_TEXT = `\\s*[{]\\s*["'](.|\\n)*|\\[?object Object\\]?`

/** Text that is a list of which a member is an object or a list. No ids are read from it. */
const NESTED_TEXT = '\\[((.|\\n)*,)?\\s*[[{](.|\\n)*\\]'

/** Warehouses write JSON with and without spaces. */
const compact = (json: unknown) => JSON.stringify(JSON.parse(String(json)))

function ofKey(source: Source, key: string, from: string): TestDefinition {
  const isOfSource = sql`source = ${literal(source.name)}`
  return {
    name: `object_ids_${source.name}_${key.replaceAll(/\W/g, '_')}`,
    description: `No \`${from}\` on events of \`${source.name}\` is or has an object.`,
    models: ['events', 'event_properties', 'attribution_days'],
    rowsIn: 'events',
    // Lists say what they are; a text that is one has no ids, and then more events have the property than have ids.
    doubts: (c) => sql`
      select property
      from ${c.ref('event_properties')}
      where ${isOfSource} and property = ${literal(from)}
        and (
          objects + lists > 0
          or texts > 0 and events > (
            select coalesce(sum(attributed + outside), 0)
            from ${c.ref('attribution_days')}
            where ${isOfSource} and group_key = ${literal(key)}
          )
        )
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
          select event_name, occurred_at, ${c.fn.text(value)} as written, ${c.fn.jsonScalar(value)} as scalar
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
    mend: 'Send the id itself. Until then what is an object counts for no group of the key.',
  }
}

/** An object, a list of more than scalars, or such a list as text. */
const isNoId = ({ fn }: ModelContext): Sql => sql`
  case left(written, 1)
    when '{' then true
    when '[' then not ${fn.matches(sql`written`, JSON_LIST)}
    when '"' then ${fn.matches(sql`scalar`, NESTED_TEXT)} and not ${fn.matches(sql`scalar`, JSON_LIST)}
    else false
  end
`

/** Text is an id, whatever it says: here it shows, from whichever source it comes. */
const ofGroups: TestDefinition = {
  name: 'object_ids_of_groups',
  description: 'No group has the text of an object as its id.',
  models: ['group_profiles'],
  suspects: {
    model: 'group_profiles',
    when: ({ fn }) => fn.matches(sql`group_id`, OBJECT_TEXT),
  },
  rowsIn: 'events',
  failures: ({ fn, ref }) => sql`
    select group_key, group_id, events, first_seen_at, last_seen_at
    from ${ref('group_profiles')}
    where ${fn.matches(sql`group_id`, OBJECT_TEXT)}
    order by events desc, ${fn.byBytes(sql`group_key`)}, ${fn.byBytes(sql`group_id`)}
  `,
  explain: (row) =>
    `A group of ${String(row['group_key'])} has the id ${visibly(row['group_id'])}: ${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}`,
  mend: 'Send the id itself. Until then each text counts as a group of its own.',
}
