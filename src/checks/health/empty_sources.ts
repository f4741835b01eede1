import type { Source } from '../../graph/catalog.ts'
import { literal, sql } from '../../sql/sql.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { keysWithProfiles, tablesOf } from '../group_tables.ts'

/** Without rows there is nothing to find wrong: other tests are silent about what an empty source lacks. */
export const emptySources = check({
  name: 'empty_sources',
  description:
    'Every source of events has an event with a time, and every Group Table, user table and source of links a row.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const people = catalog.sourcesOf('user_table')
    const at = (source: Source | undefined) => source && catalog.project.locate([...source.path, 'name'])
    const profiles = (tables: readonly Source[], model: string): TestDefinition[] =>
      tables.map((table) => ({
        name: `empty_sources_${table.name}`,
        description: `\`${table.name}\` has a row.`,
        at: at(table),
        ...emptyTable(table, model, tables.length === 1),
      }))
    return [
      ...catalog.sourcesOf('events').map(
        (source) =>
          ({
            name: `empty_sources_${source.name}`,
            description: `\`${source.name}\` has events.`,
            models: ['events_daily'],
            at: at(source),
            failures: ({ ref }) =>
              sql`
            select ${literal(source.name)} as source
            where not exists (select 1 from ${ref('events_daily')} where source = ${literal(source.name)})
          `,
            explain: () => `${source.name} has no event with a time`,
            fix: 'Look at the table or files of the source, at its filters, and at `exclude_events`.',
          }) satisfies TestDefinition,
      ),
      ...keysWithProfiles(catalog).flatMap((key) => profiles(tablesOf(catalog, key), `${key.noun}_profiles`)),
      ...profiles(people, 'user_profiles'),
      ...catalog.sourcesOf('links').map((links) => ({
        name: `empty_sources_${links.name}`,
        description: `\`${links.name}\` has a row.`,
        at: at(links),
        ...emptyTable(links, 'user_groups', false),
      })),
    ]
  },
})

/** @param alone all profiles of the relation come from it */
function emptyTable(
  table: Source,
  model: string,
  alone: boolean,
): Pick<TestDefinition, 'models' | 'sources' | 'failures' | 'explain' | 'fix'> {
  return {
    models: [model],
    sources: alone ? [] : [table.name],
    failures: ({ read, ref }) => sql`
      select ${literal(table.name)} as source
      where not exists (
        ${alone ? sql`select 1 from ${ref(model)} where has_profile` : sql`select 1 from (${read(table.name)}) as profile_rows`}
      )
    `,
    explain: () => `${table.name} has no rows`,
    fix: 'Look at the table or files of the source; without rows no property of it is known.',
  }
}
