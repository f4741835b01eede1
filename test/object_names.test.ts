/** Names that every object of JavaScript answers to are names like any other. */
import { describe, expect, test } from 'vitest'
import { buildProject, ENGINES } from './support/engines.ts'
import { project } from './support/findings.ts'
import { goodBut, problemsOf, writeProject } from './support/projects.ts'

const NAMES = ['constructor', 'toString', 'hasOwnProperty', 'valueOf']

describe.each(NAMES)('%s', (name) => {
  test('is no target where none is called so', async () => {
    const text = await problemsOf(goodBut({ 'target: dev': `target: ${name}` }))
    expect(text).toContain('project.yml:2:9  unknown_target')
    expect(text).toContain(`There is no target \`${name}\``)
  })

  test('is no environment variable where none is called so', async () => {
    const text = await problemsOf(goodBut({ 'target/small.duckdb': `'\${${name}}'` }))
    expect(text).toContain(`The environment variable \`${name}\` is not set.`)
  })

  test.each([
    ['connector', { 'type: events': `type: events\n    connector: ${name}` }],
    ['type of report', { 'sources:': `reports: [{ name: r, type: ${name} }]\nsources:` }],
    ['field', { 'sources:': `${name}: 1\nsources:` }],
    ['check', { 'sources:': `data_tests: { ${name}: {} }\nsources:` }],
    ['variable', { 'sources:': `models: [{ name: m }]\nsources:` }],
  ])('is no %s where none is called so', async (what, changed) => {
    const template = what === 'variable' ? { 'models/m.sql': `select {{ var('${name}') }} as n` } : {}
    const text = await problemsOf({ ...goodBut(changed), ...template })
    expect(text).toContain(`\`${name}\``)
    expect(text).toContain('exit code 2')
  })
})

test.each([
  ['sources:', 'vars: { __proto__: 1 }\nsources:'],
  ['    columns', '    properties: { __proto__: x }\n    columns'],
  ['sources:', 'data_tests: { __proto__: {} }\nsources:'],
])('a key that would be lost is refused: %j', async (from, to) => {
  expect(await problemsOf(goodBut({ [from]: to }))).toContain('The name `__proto__` cannot be a key.')
})

describe.each(ENGINES)('on %s', (engine) => {
  test('what is called so is built', { timeout: 120_000 }, async () => {
    const files = {
      'project.yml': project(`
group_keys: [{ name: constructor, noun: maker }, { name: co }]
data_tests: { groups_per_user: { max: { co: 3 } } }
sources:
  - name: app
    type: events
    file: app.csv
    columns: { event: event, time: time, user: user }
    properties: [valueOf, toString]
    column_types: { n: integer }
models: [{ name: m }]
reports:
  - { name: r, type: uniques, by: constructor, any_event: true, interval: day, breakdown: { property: toString } }
unit_tests:
  - name: u
    model: m
    given: [{ input: source('app'), rows: [{ event: A, valueOf: x }, { event: B }] }]
    expect: { rows: [{ event: A, value: x }, { event: B }] }
`),
      'app.csv':
        'event,time,user,constructor,co,valueOf,toString,n,hasOwnProperty\nA,2024-03-01,ann,acme,c,1,x,1,2\n',
      'models/m.sql': `select event, "valueOf" as value from {{ source('app') }}`,
    }
    const built = await buildProject(writeProject(files), engine)
    expect(built.outcome.results.filter(({ status }) => !['pass', 'success'].includes(status))).toEqual([])
    expect(await built.rows('r')).toMatchObject([{ segment: 'x', entities: 1 }])
    expect(await built.rows('events')).toMatchObject([
      { constructor: ['acme'], properties: { valueOf: '1', toString: 'x' } },
    ])
  })
})
