import type { Catalog } from '../src/graph/catalog.ts'
import type { ModelDefinition } from '../src/graph/model.ts'
import { literal, sql } from '../src/sql/sql.ts'
import { HAS_TIME } from './event_groups.ts'
import { sumBigint } from './group_key_profiles.ts'

/** Which properties the events of each source have, and of which types. */
export function eventProperties(_: Catalog): ModelDefinition {
  return {
    name: 'event_properties',
    description:
      'The properties that events of each source have. A property of several types, or one that is suddenly gone, shows here.',
    rules: ['EVT-1', 'VAL-3', 'VAL-10'],
    grain: ['source', 'property'],
    columns: {
      source: { type: 'text', description: 'The source that the events come from.' },
      property: { type: 'text', description: 'Name of the property.' },
      events: { type: 'bigint', description: 'Events that have it, with a value that is not null.' },
      texts: { type: 'bigint', description: 'Those whose value is a text.' },
      numbers: { type: 'bigint', description: 'Those whose value is a number.' },
      booleans: { type: 'bigint', description: 'Those whose value is true or false.' },
      lists: { type: 'bigint', description: 'Those whose value is a list.' },
      objects: { type: 'bigint', description: 'Those whose value is an object.' },
      nulls: { type: 'bigint', description: 'Events that name it without a value: JSON null.' },
      max_bytes: {
        type: 'bigint',
        description:
          'Bytes of its longest text, list or object, lists and objects as JSON without spaces and with all digits of numbers; null where it has none of them.',
      },
      first_at: { type: 'timestamp', description: 'The first event that has it, UTC.' },
      last_at: { type: 'timestamp', description: 'The last event that has it, UTC.' },
    },
    materialized: 'table',
    select: (c) => {
      const sumOf = (kind: string) =>
        sql`coalesce(${sumBigint(sql`case when kind = ${literal(kind)} then events end`, c)}, 0)`
      return sql`
        with
        members as (
          ${c.fn.members({ rows: c.ref('events'), keep: [sql`source`, sql`occurred_at`], json: sql`properties` })}
        ),
        -- one row for each type of value; the types are laid side by side only when few rows are left
        kinds as (
          select
            source,
            property,
            ${c.fn.jsonKind(sql`value`)} as kind,
            count(*) as events,
            max(${c.fn.jsonBytes(sql`value`)}) as max_bytes,
            min(occurred_at) as first_at,
            max(occurred_at) as last_at
          from members
          where ${HAS_TIME}
          group by 1, 2, 3
        )
        select
          source,
          property,
          coalesce(${sumBigint(sql`case when kind <> 'null' then events end`, c)}, 0) as events,
          ${sumOf('string')} as texts,
          ${sumOf('number')} as numbers,
          ${sumOf('boolean')} as booleans,
          ${sumOf('array')} as lists,
          ${sumOf('object')} as objects,
          ${sumOf('null')} as nulls,
          max(max_bytes) as max_bytes,
          min(case when kind <> 'null' then first_at end) as first_at,
          max(case when kind <> 'null' then last_at end) as last_at
        from kinds
        group by source, property
      `
    },
  }
}
