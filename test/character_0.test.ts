/** The character 0, which PostgreSQL cannot store: it is left out of whatever files have it, on every engine. */
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
      select 'Lo' || chr(0) || 'gin' as event, '2024-03-01' as time, 'an' || chr(0) || 'n' as user,
        'ac' || chr(0) || 'me' as company_id, 'pr' || chr(0) || 'o' as plan
    ) to '${path.join(dir, 'a.parquet')}' (format parquet)`,
  )
  const columns = 'columns: { event: event, time: time, user: user }, properties: [plan]'
  writeFiles(dir, {
    'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - { name: csv, type: events, file: a.csv, ${columns} }
  - { name: parquet, type: events, file: a.parquet, ${columns} }
  - { name: lines, type: events, file: a.ndjson, ${columns} }
  - { name: listed, type: events, file: list.csv, ${columns} }
reports:
  - { name: plans, type: uniques, by: user, event: Login, breakdown: { property: plan } }
`),
    'a.csv': 'event,time,user,company_id,plan\nLo\0gin,2024-03-01,an\0n,ac\0me,pr\0o\n',
    'list.csv': 'event,time,user,company_id,plan\nLogin,2024-03-01,ann,"[""ac\0me""]",pro\n',
    'a.ndjson':
      '{"event":"Lo\\u0000gin","time":"2024-03-01","user":"an\\u0000n","company_id":"ac\\u0000me","plan":"pr\\u0000o"}\n',
  })
  const built = await buildProject(dir, engine)
  expect(built.outcome.published).toBe(true)
  const rows = await built.rows('events')
  expect(
    rows.map(({ event_name, user_id, company_id, properties }) => ({
      event_name,
      user_id,
      company_id,
      properties,
    })),
  ).toEqual(
    Array(4).fill({ event_name: 'Login', user_id: 'ann', company_id: ['acme'], properties: { plan: 'pro' } }),
  )
  expect((await built.rows('plans_entities')).map(({ segment }) => segment)).toEqual(['pro'])
  expect((await built.rows('company_profiles')).map((row) => row['company_id'])).toEqual(['acme'])
})
