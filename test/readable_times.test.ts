/** Times of profiles that cannot be read. Both engines say the same. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'

const project_yml = project(`
group_keys: [{ name: company_id }, { name: team }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id, created_at: since, updated_at: updated }
    properties: [plan]
  - name: rosters
    type: group_table
    connector: mixpanel
    file: rosters.ndjson
    group_key: team
  - name: people
    type: user_table
    file: people.ndjson
    columns: { id: id, created_at: at, updated_at: at }
    time_format: epoch_s
    group_keys: []
  - name: engaged
    type: user_table
    connector: mixpanel
    file: engaged.ndjson
    group_keys: []
  - name: untimed
    type: user_table
    file: untimed.csv
    columns: { id: id }
    group_keys: []
`)

const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
const roster = (key: string, id: string, $set: object) => ({ $group_key: key, $group_id: id, $set })

const BAD = {
  'project.yml': project_yml,
  'app.csv': 'event,time,user_id,company_id,team\nA,2024-03-01,ann,acme,red\n',
  // read as no time at all, the second row would lose
  'crm.csv': `id,since,updated,plan
acme,2024-01-01,2024-01-01,free
acme,1/1/2024,31.12.2024 10:00,pro
beta,1/1/2024,,free
`,
  'rosters.ndjson': lines(
    roster('team', 'red', { $created: 'long ago', $last_seen: '2024-02-30T10:00:00' }),
    roster('other', 'red', { $created: 'never' }),
  ),
  'untimed.csv': 'id\nann\n',
  'people.ndjson': lines({ id: 'ann', at: 1704067200 }, { id: 'bob', at: '2024-01-01' }, { id: 'cy' }),
  'engaged.ndjson': lines({ $distinct_id: 'ann', $properties: { $last_seen: 1704067200 } }),
}

const GOOD = {
  ...BAD,
  'crm.csv': 'id,since,updated,plan\nacme,2024-01-01,2024-01-01T10:00:00+01:00,free\nacme,,,pro\n',
  'rosters.ndjson': lines(
    roster('team', 'red', { $created: '2024-01-01T10:00:00' }),
    roster('team', 'blue', { $created: '', $last_seen: null }),
    roster('other', 'red', { $created: 'never' }),
  ),
  'people.ndjson': lines(
    { id: 'ann', at: 1704067200 },
    { id: 'bob', at: '1704067200.5' },
    { id: 'cy', at: '' },
  ),
  'engaged.ndjson': lines({ $distinct_id: 'ann', $properties: {} }),
}

describe.each(ENGINES)('times of profiles on %s', (engine) => {
  test('that cannot be read', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(BAD, engine, ['readable_times'])
    expect(found).toEqual(SAID)
    expect(passed).toEqual(['readable_times_app'])
  })

  test('that can be read or are missing', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(GOOD, engine, ['readable_times'])
    expect(found).toEqual({})
    expect(passed).toEqual(['readable_times_app', ...Object.keys(SAID)])
  })
})

const SAID = {
  readable_times_crm: [
    'fail: 2 failures, 3 wrong rows in 2 failures',
    "since = '1/1/2024' in 2 rows of crm is not a time",
    "updated = '31.12.2024 10:00' in 1 row of crm is not a time",
  ],
  readable_times_rosters: [
    'fail: 2 failures, 2 wrong rows',
    "$created = 'long ago' in 1 row of rosters is not a time",
    "$last_seen = '2024-02-30T10:00:00' in 1 row of rosters is not a time",
  ],
  readable_times_people: [
    'fail: 1 failures, 1 wrong row',
    "at = '2024-01-01' in 1 row of people is not a time",
  ],
  readable_times_engaged: [
    'fail: 1 failures, 1 wrong row',
    "$last_seen = '1704067200' in 1 row of engaged is not a time",
  ],
}
