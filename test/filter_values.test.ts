/** Values of filters against texts, numbers and truth values; and that a value which matches nothing is told of. */
import { describe, expect, test } from 'vitest'
import { buildProject, ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const FILTERS = {
  code_as_written: '{ property: code, of: company_id, value: 007 }',
  code_otherwise: '{ property: code, of: company_id, value: 0007 }',
  size_by_value: '{ property: size, of: company_id, value: 1e1 }',
  size_as_text: "{ property: size, of: company_id, value: '10.0' }",
  vip: '{ property: vip, of: company_id, value: True }',
  zip_otherwise: '{ property: zip, value: 2134 }',
  seats_by_value: '{ property: seats, op: in, value: [1e1, 2.50] }',
  seats_as_text: "{ property: seats, value: '2.50' }",
  paid: '{ property: paid, value: TRUE }',
  unpaid: '{ property: paid, op: neq, value: True }',
}

const FILES = {
  'project.yml': project(`
group_keys: [{ name: company_id, noun: company }]
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user_id }
    properties: { zip: zip, seats: { type: number }, paid: { type: boolean } }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: company_id
    columns: { id: id }
    properties: { code: code, size: { type: number }, vip: { type: boolean } }
reports:
${Object.entries(FILTERS)
  .map(
    ([name, filter]) => `  - { name: ${name}, type: uniques, by: user, any_event: true, where: [${filter}] }`,
  )
  .join('\n')}
`),
  'app.csv': `event,time,user_id,company_id,zip,seats,paid
A,2024-03-01T10:00:00Z,ann,acme,02134,10.0,True
A,2024-03-01T10:00:00Z,bob,beta,02135,2.5,false
`,
  'crm.csv': 'id,code,size,vip\nacme,007,10,true\nbeta,7,3,False\n',
}

describe.each(ENGINES)('filters on %s', (engine) => {
  test('find texts as they are spelled, numbers and truth values by what they are', async () => {
    const built = await buildProject(writeProject(FILES), engine)
    const found: Record<string, string[]> = {}
    for (const name of Object.keys(FILTERS))
      found[name] = (await built.rows(`${name}_entities`)).map((row) => String(row['entity_id'])).sort()
    expect(found).toEqual({
      code_as_written: ['ann'],
      code_otherwise: [],
      size_by_value: ['ann'],
      size_as_text: [],
      vip: ['ann'],
      zip_otherwise: [],
      seats_by_value: ['ann', 'bob'],
      seats_as_text: [],
      paid: ['ann'],
      unpaid: ['bob'],
    })
  })

  test('that match nothing are told of, and no others', async () => {
    const { found } = await findings(FILES, engine, ['report_filter_values'])
    expect(Object.keys(found).sort()).toEqual([
      'report_filter_values_code_otherwise_in_company_profiles',
      'report_filter_values_seats_as_text_in_events',
      'report_filter_values_size_as_text_in_company_profiles',
      'report_filter_values_zip_otherwise_in_events',
    ])
  })
})
