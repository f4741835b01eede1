import type { Catalog, GroupKey, Source } from '../src/graph/catalog.ts'
import { columnTypeOf, type ColumnDoc, type ModelDefinition, type ModelContext } from '../src/graph/model.ts'
import type { FullCatalog } from '../src/graph/report.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'

/** The group keys of which a report reads properties as of the event. */
export function readAsOf(catalog: FullCatalog): GroupKey[] {
  const asked = JSON.stringify(
    catalog.reports.map(({ options, where }) => [options, where]),
    (_, value: unknown) => (isAsOf(value) ? { asOf: value.of } : value),
  )
  return catalog.groupKeys.filter((key) => asked.includes(JSON.stringify({ asOf: key.name })))
}

const isAsOf = (value: unknown): value is { of: string } =>
  value !== null && typeof value === 'object' && (value as { properties?: unknown }).properties === 'as_of'

/** `company_history` for the key `company_id`: what was true of a group when. Made where a report asks for it. */
export function groupKeyHistory(catalog: Catalog, key: GroupKey): ModelDefinition {
  const tables = catalog.sourcesOf('group_table').filter((t) => t.groupKey === key.name && t.hasHistory)
  const columns: Record<string, ColumnDoc> = {
    [key.name]: { type: 'text', description: `The group id: the value of ${key.name} on events.` },
    source: { type: 'text', description: 'The Group Table that the version comes from.' },
    valid_from: { type: 'timestamp', description: 'From when on it held, UTC: `updated_at` of its row.' },
    valid_to: {
      type: 'timestamp',
      description: 'When the next version took over, UTC; that instant is not part of it. Null for the last.',
    },
    ...Object.fromEntries(
      tables.flatMap((table) =>
        table.properties.map((p) => [
          p.name,
          { type: columnTypeOf(p.type), description: p.description || `Property from ${table.name}.` },
        ]),
      ),
    ),
  }
  return {
    name: `${key.noun}_history`,
    description: `Versions of the properties of each ${key.label}, one for each row of its Group Tables that says when it came into force.`,
    rules: ['PRO-3', 'DAY-1'],
    grain: [key.name, 'source', 'valid_from'],
    columns,
    materialized: 'table',
    select: (c) =>
      join(
        tables.map((table) => versionsOf(key, table, tables, c)),
        '\nunion all\n',
      ),
  }
}

function versionsOf(key: GroupKey, table: Source, tables: readonly Source[], c: ModelContext): Sql {
  const own = table.properties.map((p) => identifier(p.name))
  // Columns of other tables: null, of the type that they have there.
  const all = tables.flatMap((t) =>
    t.properties.map((p) => (t === table ? identifier(p.name) : sql`null as ${identifier(p.name)}`)),
  )
  const byContent = [sql`display_name`, sql`created_at`, ...own].map((column) =>
    c.fn.byBytes(c.fn.valueText(column)),
  )
  return sql`
    select
      ${join(
        [
          sql`group_id as ${identifier(key.name)}`,
          sql`${literal(table.name)} as source`,
          sql`updated_at as valid_from`,
          sql`lead(updated_at) over (partition by group_id order by updated_at) as valid_to`,
          ...all,
        ],
        ',\n',
      )}
    from (
      select
        ${join([sql`group_id`, sql`updated_at`, ...own], ',\n')},
        row_number() over (
          partition by group_id, updated_at
          order by
            ${join(byContent, ',\n')}
        ) as place
      from (
        ${c.read(table.name)}
      ) as profile_rows
      where group_id is not null and updated_at is not null
    ) as versions
    -- of rows of one instant the same one wins as in the profiles
    where place = 1
  `
}
