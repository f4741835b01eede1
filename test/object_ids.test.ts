/** Objects where ids should be, in whatever they are wrapped. Both engines say the same. */
import { describe, expect, test } from 'vitest'
import { buildProject, ENGINES } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const project_yml = project(`
group_keys: [{ name: co }]
sources:
  - name: app
    type: events
    file: app.ndjson
    columns: { event: event, time: time }
    properties_column: props
  - name: flat
    type: events
    file: flat.csv
    columns: { event: event, time: time }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: co
    columns: { id: id }
`)

const app = (...ids: readonly unknown[]) =>
  ids.map((co, i) => JSON.stringify({ event: `E${i}`, time: '2024-03-01', props: { co } })).join('\n')

const flat = (...ids: readonly string[]) =>
  ['event,time,co', ...ids.map((co) => `F,2024-03-02,"${co.replaceAll('"', '""')}"`)].join('\n')

const BAD = {
  'project.yml': project_yml,
  'app.ndjson': app(
    { id: 'q' },
    [{ id: 'q' }],
    ['z', { id: 'q' }],
    [['q']],
    ['z', []],
    '[{"id": 4}]',
    '["z", ["q"]]',
    '{"id":3}',
    ['z', '{"id":3}'],
    '[object Object]',
    '["acme","glob',
  ),
  'flat.csv': flat('acme', "{'id': 5}", ' {\n"id": 6}', "['acme' 'globex']"),
  'crm.csv': 'id\nobject Object\n',
}

const GOOD = {
  ...BAD,
  'app.ndjson': app(
    'acme',
    ['acme', 'b [c], {d}', null, 1.5, true, '"['],
    [],
    '',
    '[acme, globex]',
    '["a[", "{b}"]',
    '{3f2504e0-4f89-11d3-9a0c-0305e82c3301}',
    12,
  ),
  'flat.csv': flat('acme', '', '[acme, b]'),
  'crm.csv': 'id\nacme\n',
}

const lines = (...companies: readonly unknown[]) =>
  companies
    .map((company, i) =>
      JSON.stringify({ id: `u${i}`, event: `E${i}`, time: '2024-03-01', company, props: { company } }),
    )
    .join('\n')

const RENAMED = {
  'project.yml': project(`
group_keys: [{ name: co }]
sources:
  - { name: flat, type: events, file: flat.ndjson, columns: { event: event, time: time }, group_keys: { co: company } }
  - name: inner
    type: events
    file: inner.ndjson
    columns: { event: event, time: time }
    properties_column: props
    properties: { was: company }
    group_keys: { co: company }
  - { name: people, type: user_table, file: people.ndjson, columns: { id: id }, group_keys: { co: company } }
  - { name: good, type: events, file: good.ndjson, columns: { event: event, time: time }, group_keys: { co: company } }
`),
  'flat.ndjson': lines({ id: 1 }, [{ id: 2 }], '{"id":7}', 'acme'),
  'inner.ndjson': lines([['z']], ['z'], null),
  'people.ndjson': lines(['z', { id: 3 }], 'acme'),
  'good.ndjson': lines(['a', 'b [c], {d}', null, 1.5], [], null, '[acme, globex]', 12),
}

describe.each(ENGINES)('objects as ids on %s', (engine) => {
  test('in lists, as text, and in both', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(BAD, engine, ['object_ids'])
    expect(found).toEqual(SAID)
    expect(passed).toEqual([])
  })

  // it is an id as it stands, whether the property is kept or not
  test('a list as text alone', { timeout: 60_000 }, async () => {
    const files = { ...GOOD, 'app.ndjson': app('acme', '["z", {"id": "q"}]') }
    const { found } = await findings(files, engine, ['object_ids'])
    expect(Object.keys(found)).toEqual(['object_ids_of_groups'])
  })

  test('under another name, or among what is not kept', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(RENAMED, engine, ['object_ids'])
    expect(found).toEqual({
      object_ids_flat_co: [
        'fail: 1 failures, 2 wrong rows in 1 failure',
        `company is '[{"id":2}]' in 2 rows of flat`,
      ],
      object_ids_inner_co: ['fail: 1 failures, 1 wrong row', `company is '[["z"]]' in 1 row of inner`],
      object_ids_people_co: [
        'fail: 1 failures, 1 wrong row',
        `company is '["z",{"id":3}]' in 1 row of people`,
      ],
      object_ids_of_groups: [
        'fail: 1 failures, 1 wrong row',
        `A group of co has the id '{"id":7}': 1 event, on 2024-03-01`,
      ],
    })
    expect(passed).toEqual(['object_ids_good_co'])
  })

  test('lists as other programs print them', { timeout: 60_000 }, async () => {
    const printed = [
      '[1 2 3]',
      '[1. 2.]',
      '[1.]',
      '[10\n 20]',
      "array(['a', 'b'], dtype=object)",
      "('a', 'b')",
      "[b'a', b'b']",
      "[u'a']",
      "[Decimal('1.50')]",
      '[datetime.date(2024, 1, 1)]',
      '[a, b',
      '{a,b',
      '\t{a,b}\n',
      '[0:1]={a,b}',
    ]
    const { found } = await findings({ ...GOOD, 'app.ndjson': app('acme', ...printed) }, engine, [
      'object_ids',
    ])
    const shown = (text: string) => text.replaceAll('\n', '\\u000a').replaceAll('\t', '\\u0009')
    expect(found['object_ids_of_groups']?.[0]).toBe(
      `fail: ${printed.length} failures, ${printed.length} wrong rows`,
    )
    for (const example of found['object_ids_of_groups']?.slice(1) ?? [])
      expect(
        printed.map((text) => `A group of co has the id '${shown(text)}': 1 event, on 2024-03-01`),
      ).toContain(example)
  })

  test('what is no value in a list, as each of them writes it', async () => {
    const dir = writeProject({
      ...GOOD,
      'app.ndjson': app('[nan, -inf, Infinity, None, x]', '{None,NULL,nan,y}'),
      'flat.csv': flat('acme'),
    })
    const built = await buildProject(dir, engine)
    const ids = (await built.rows('group_profiles')).map((row) => row['group_id'])
    expect(ids.map(String).sort()).toEqual(['None', 'acme', 'nan', 'x', 'y'])
  })

  test('ids that only look like them', { timeout: 60_000 }, async () => {
    const { found, passed } = await findings(GOOD, engine, ['object_ids'])
    expect(found).toEqual({})
    expect(passed).toEqual(Object.keys(SAID))
  })
})

const SAID = {
  object_ids_app_co: [
    'fail: 5 failures, 5 wrong rows',
    `co is '{"id":"q"}' on 'E0' (1 event, on 2024-03-01)`,
    `co is '[{"id":"q"}]' on 'E1' (1 event, on 2024-03-01)`,
    `co is '["z",{"id":"q"}]' on 'E2' (1 event, on 2024-03-01)`,
    `co is '[["q"]]' on 'E3' (1 event, on 2024-03-01)`,
    `co is '["z",[]]' on 'E4' (1 event, on 2024-03-01)`,
  ],
  object_ids_of_groups: [
    'fail: 8 failures, 9 wrong rows in 8 failures',
    `A group of co has the id '{"id":3}': 2 events, on 2024-03-01`,
    `A group of co has the id ' {\\u000a"id": 6}': 1 event, on 2024-03-02`,
    `A group of co has the id '["acme","glob': 1 event, on 2024-03-01`,
    `A group of co has the id '["z", ["q"]]': 1 event, on 2024-03-01`,
    "A group of co has the id '['acme' 'globex']': 1 event, on 2024-03-02",
  ],
}
