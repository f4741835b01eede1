/** Lists and objects as properties of groups: one text each in breakdowns and filters, whatever the Group Table is. */
import path from 'node:path'
import { expect, test } from 'vitest'
import { openFileReader } from '../src/engines/file_reader.ts'
import { buildProject, ENGINES, tempFolder } from './support/engines.ts'
import { project } from './support/findings.ts'
import { writeFiles } from './support/projects.ts'

test.each(ENGINES)('on %s', async (engine) => {
  const dir = tempFolder()
  await using reader = await openFileReader()
  await reader.execute(
    `copy (
      select 'acme' as id, ['x', 'y'] as tags, {'b': 1, 'a': 0.5} as plan, date '2024-01-01' as seen
      union all select 'bolt', [], null, date '2024-01-01'
    ) to '${path.join(dir, 'companies.parquet')}' (format parquet)`,
  )
  const breakdown = (property: string, more = '') =>
    `{ name: by_${property}${more === '' ? '' : '_then'}, type: uniques, by: company_id, any_event: true, breakdown: { property: ${property}, of: company_id${more} } }`
  writeFiles(dir, {
    'project.yml': project(`
group_keys: [{ name: company_id, noun: company }]
sources:
  - { name: app, type: events, file: app.csv, columns: { event: event, time: time, user: user } }
  - name: crm
    type: group_table
    group_key: company_id
    file: companies.parquet
    columns: { id: id, updated_at: seen }
    properties: [tags, plan]
reports:
  - ${breakdown('tags')}
  - ${breakdown('plan')}
  - ${breakdown('tags', ', properties: as_of')}
  - name: tagged
    type: uniques
    metrics:
      - { name: companies, by: company_id, any_event: true, where: [{ property: tags, of: company_id, value: '["x","y"]' }] }
      - { name: users, by: user, any_event: true, where: [{ property: plan, of: company_id, value: '{"a":0.5,"b":1}' }] }
`),
    'app.csv': 'event,time,user,company_id\nA,2024-03-01,ann,acme\nA,2024-03-01,bob,bolt\n',
  })
  const built = await buildProject(dir, engine)
  const segments = async (report: string) =>
    Object.fromEntries(
      (await built.rows(`${report}_entities`)).map((row) => [String(row['entity_id']), row['segment']]),
    )
  expect(await segments('by_tags')).toEqual({ acme: '["x","y"]', bolt: '[]' })
  expect(await segments('by_tags_then')).toEqual({ acme: '["x","y"]', bolt: '[]' })
  expect(await segments('by_plan')).toEqual({ acme: '{"a":0.5,"b":1}', bolt: '' })
  expect(
    (await built.rows('tagged_total')).map(({ metric, entities }) => [metric, Number(entities)]),
  ).toEqual([
    ['companies', 1],
    ['users', 1],
  ])
})
