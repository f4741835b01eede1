/** Times that do not say their zone are local to their source, as times of events and profiles and as properties. */
import { expect, test } from 'vitest'
import { buildProject, ENGINES } from './support/engines.ts'
import { project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

test.each(ENGINES)('on %s properties that are times are read in the zone of their source', async (engine) => {
  const built = await buildProject(
    writeProject({
      'project.yml': project(`
group_keys: [{ name: company_id }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user }
    time_zone: America/New_York
    group_keys: []
    properties: { due: { type: timestamp }, day: { type: date, column: due }, said: { type: timestamp } }
  - name: crm
    type: group_table
    group_key: company_id
    file: crm.csv
    columns: { id: id }
    time_zone: Asia/Tokyo
    properties: { signed: { type: timestamp } }
  - name: people
    type: user_table
    file: people.ndjson
    group_keys: []
    columns: { id: id, updated_at: at }
    time_zone: America/New_York
    properties_column: traits
    properties: { born: { type: timestamp } }
`),
      'app.csv':
        'event,time,user,due,said\nA,2024-01-01 01:30,ann,2024-01-01 01:30,2024-01-01T01:30:00+01:00\n',
      'crm.csv': 'id,signed\nacme,2024-01-01 01:30\n',
      'people.ndjson': '{"id":"ann","at":"2024-01-01 01:30","traits":{"born":"2024-01-01T01:30:00"}}\n',
    }),
    engine,
  )
  const [event] = await built.rows('events')
  expect(event).toMatchObject({
    occurred_at: new Date('2024-01-01T06:30:00Z'),
    properties: { due: '2024-01-01T06:30:00', day: '2024-01-01', said: '2024-01-01T00:30:00' },
  })
  const [company] = await built.rows('company_profiles')
  expect(company).toMatchObject({ signed: new Date('2023-12-31T16:30:00Z') })
  const [person] = await built.rows('user_profiles')
  expect(person).toMatchObject({
    updated_at: new Date('2024-01-01T06:30:00Z'),
    born: new Date('2024-01-01T06:30:00Z'),
  })
})

test.each(ENGINES)('on %s a column of lines may be the time of events and a property', async (engine) => {
  const built = await buildProject(
    writeProject({
      'project.yml': project(`
sources:
  - name: app
    type: events
    file: app.ndjson
    columns: { event: event, time: at, user: user }
    time_zone: America/New_York
    properties: { at: { type: timestamp }, said: { column: at } }
`),
      'app.ndjson': '{"event":"A","at":"2024-01-01T01:30:00","user":"ann"}\n',
    }),
    engine,
  )
  expect((await built.rows('events'))[0]).toMatchObject({
    occurred_at: new Date('2024-01-01T06:30:00Z'),
    properties: { at: '2024-01-01T06:30:00', said: '2024-01-01T01:30:00' },
  })
})
