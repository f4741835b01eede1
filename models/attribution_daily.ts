import type { Catalog, GroupKey } from '../src/graph/catalog.ts'
import { carriesGroup } from '../src/graph/event_group_ids.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { emptySelect } from './lib/empty_select.ts'
import { registration } from './event_groups.ts'

/** Which share of the events belongs to a group, day by day. */
export function attributionDaily(catalog: Catalog): ModelDefinition {
  return {
    name: 'attribution_daily',
    description:
      'How many events of each source carry a group id, by group key, event and day, and how many carry one at a time when the key does not count.',
    rules: ['ATT-1', 'ATT-4'],
    grain: ['group_key', 'source', 'event_name', 'day'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      source: { type: 'text', description: 'The source that the events come from.' },
      event_name: { type: 'text', description: 'Name of the event.' },
      day: { type: 'date', description: `Calendar day in ${catalog.project.timezone}.` },
      events: {
        type: 'bigint',
        description: 'Events while the key counts: from its registered_at on, before its retired_at.',
      },
      attributed: { type: 'bigint', description: 'Those of them that carry at least one group id.' },
      outside_registration: {
        type: 'bigint',
        description:
          'Events that carry a group id before registered_at or from retired_at on; they belong to no group.',
      },
    },
    materialized: 'table',
    select: (c) => (catalog.groupKeys.length === 0 ? emptySelect(NO_DAYS, c) : allKeys(catalog.groupKeys, c)),
  }
}

/** All keys are counted in one scan, side by side; only then each gets rows of its own. */
function allKeys(keys: readonly GroupKey[], c: ModelContext): Sql {
  return sql`
    with
    counted as (
      select
        source,
        event_name,
        day,
        ${join(
          keys.flatMap((key, i) => countsOf(key, i, c)),
          ',\n',
        )}
      from ${c.ref('events')}
      where day is not null
      group by source, event_name, day
    )
    ${join(
      keys.map((key, i) => daysOf(key, i)),
      '\nunion all\n',
    )}
  `
}

/** Numbered, for the names of keys may be as long as names can be. */
const column = (name: 'events' | 'attributed' | 'outside_registration', i: number) =>
  identifier(`${name}_${i + 1}`)

function countsOf(key: GroupKey, i: number, c: ModelContext): Sql[] {
  const hasIds = carriesGroup(key, c.fn)
  const conditions = registration(key, c)
  const inside = join(conditions, ' and ')
  if (conditions.length === 0) {
    return [
      sql`count(*) as ${column('events', i)}`,
      sql`count(*) filter (where ${hasIds}) as ${column('attributed', i)}`,
      sql`cast(0 as ${c.fn.type('bigint')}) as ${column('outside_registration', i)}`,
    ]
  }
  return [
    sql`count(*) filter (where ${inside}) as ${column('events', i)}`,
    sql`count(*) filter (where ${inside} and ${hasIds}) as ${column('attributed', i)}`,
    sql`count(*) filter (where not (${inside}) and ${hasIds}) as ${column('outside_registration', i)}`,
  ]
}

function daysOf(key: GroupKey, i: number): Sql {
  return sql`
    select
      ${literal(key.name)} as group_key,
      source,
      event_name,
      day,
      ${column('events', i)} as events,
      ${column('attributed', i)} as attributed,
      ${column('outside_registration', i)} as outside_registration
    from counted
    where ${column('events', i)} + ${column('outside_registration', i)} > 0
  `
}

const NO_DAYS = {
  group_key: 'text',
  source: 'text',
  event_name: 'text',
  day: 'date',
  events: 'bigint',
  attributed: 'bigint',
  outside_registration: 'bigint',
} as const
