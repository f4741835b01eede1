/** Properties of profiles that have values of several types. Both engines say the same. */
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
    file: crm.ndjson
    group_key: company_id
    columns: { id: id }
    properties: { employees: staff, seats: { type: number }, label: { type: text } }
  - name: billing
    type: group_table
    file: billing.ndjson
    group_key: company_id
    columns: { id: id }
    properties_column: props
    properties: [mrr]
  - name: rosters
    type: group_table
    connector: mixpanel
    file: rosters.ndjson
    group_key: team
    properties: [size]
  - name: sheet
    type: group_table
    file: sheet.csv
    group_key: team
    columns: { id: id }
    properties: [color]
  - name: people
    type: user_table
    file: people.ndjson
    columns: { id: id }
    group_keys: [company_id]
    properties_column: props
`)

const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
const roster = (key: string, size: unknown) => ({ $group_key: key, $group_id: 'red', $set: { size } })

const BAD = {
  'project.yml': project_yml,
  'app.csv': 'event,time,user_id,company_id,team\nA,2024-03-01,ann,acme,red\n',
  'crm.ndjson': lines(
    { id: 'a', staff: 63, seats: 5, label: 1 },
    { id: 'b', staff: '63', seats: '5', label: 'one' },
    { id: 'c', staff: '64' },
  ),
  'billing.ndjson': lines(
    { id: 'a', props: { mrr: [1], other: 1 } },
    { id: 'b', props: { mrr: { eur: 1 }, other: 'x' } },
  ),
  'rosters.ndjson': lines(roster('team', true), roster('team', 'true')),
  'sheet.csv': 'id,color\nred,1\nblue,x\n',
  'people.ndjson': lines(
    { id: 'ann', props: { company_id: 'acme', age: 40 } },
    { id: 'bob', props: { company_id: ['acme'], age: '40', born: null } },
  ),
}

const GOOD = {
  ...BAD,
  'crm.ndjson': lines(
    { id: 'a', staff: 63, seats: 5, label: 1 },
    { id: 'b', seats: '5', label: 'one' },
    { id: 'c', staff: null },
  ),
  'billing.ndjson': lines({ id: 'a', props: { mrr: [1], other: 1 } }, { id: 'b', props: { other: 'x' } }),
  'rosters.ndjson': lines(roster('team', 1), roster('team', 2.5), roster('other', 'two')),
  'people.ndjson': lines(
    { id: 'ann', props: { company_id: 'acme', age: 40 } },
    { id: 'bob', props: { company_id: ['acme'], age: null } },
  ),
}

describe.each(ENGINES)('types of profiles on %s', (engine) => {
  test('several of one property', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(BAD, engine, ['type_drift'])
    expect(found).toEqual(SAID)
    expect(passed).toEqual(['type_drift'])
  })

  test('one of each', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(GOOD, engine, ['type_drift'])
    expect(found).toEqual({})
    expect(passed).toEqual(['type_drift', ...Object.keys(SAID)])
  })
})

const SAID = {
  type_drift_crm: [
    'warn: 1 failures, 1 wrong row',
    "'employees' is a text on 2 rows and a number on 1 row of crm",
  ],
  type_drift_billing: [
    'warn: 1 failures, 1 wrong row',
    "'mrr' is a list on 1 row and an object on 1 row of billing",
  ],
  type_drift_rosters: [
    'warn: 1 failures, 1 wrong row',
    "'size' is a text on 1 row and a boolean on 1 row of rosters",
  ],
  type_drift_people: [
    'warn: 1 failures, 1 wrong row',
    "'age' is a text on 1 row and a number on 1 row of people",
  ],
}
