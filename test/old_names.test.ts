/** Names of version 0.1 beside those that came after them. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { GROUP_KEY, RENAMED_COLUMNS } from '../src/graph/renames.ts'
import { selectNodes } from '../src/graph/select.ts'
import { load } from '../src/gwh.ts'
import { buildProject, copyOf, ENGINES } from './support/engines.ts'
import { goodBut, problemsOf } from './support/projects.ts'

const ACME = 'test/fixtures/acme'

/** The hand-written project, with its old names and with some text of its project.yml replaced. */
function acme(...replaced: [string, string][]): string {
  const dir = copyOf(ACME)
  const file = path.join(dir, 'project.yml')
  const text = [['deprecated_names: false', ''] as const, ...replaced].reduce(
    (before, [from, to]) => before.replaceAll(from, to),
    readFileSync(file, 'utf8'),
  )
  writeFileSync(file, text)
  return dir
}

/** `relation.old`, and what it is the old name of. */
const oldColumns = (dir: string) =>
  load(dir, { target: 'dev', env: {} }).plan.models.flatMap((model) =>
    Object.entries(model.columns).flatMap(([old, { oldNameOf }]) =>
      oldNameOf === undefined ? [] : [{ relation: model.name, old, now: oldNameOf }],
    ),
  )

describe.each(ENGINES)('a renamed column on %s', (engine) => {
  test('is there under its old name too, with the same values', { timeout: 120_000 }, async () => {
    const dir = acme()
    const built = await buildProject(dir, engine)
    expect(built.outcome).toMatchObject({ ok: true, published: true })
    const pairs = oldColumns(dir)
    await using warehouse = await built.open()
    for (const { relation, old, now } of pairs) {
      const [row] = await warehouse.query<{ all_rows: number; different: number }>(`
        select count(*) as all_rows, count(case when "${old}" is distinct from "${now}" then 1 end) as different
        from acme.${relation}
      `)
      expect([relation, old, row?.different]).toEqual([relation, old, 0])
      expect(row?.all_rows).toBeGreaterThan(0)
    }
    // every renaming has been looked at
    const seen = new Set(pairs.map(({ old, now }) => `${old} ${now === 'team' ? 'company_id' : now}`))
    const all = Object.values(RENAMED_COLUMNS).flatMap((columns) =>
      Object.entries(columns).map(([old, now]) => `${old} ${now === GROUP_KEY ? 'company_id' : now}`),
    )
    expect([...seen].sort()).toEqual([...new Set(all)].sort())
  })
})

test('a project can do without the old names', () => {
  const { plan } = load(copyOf(ACME), { target: 'dev', env: {} })
  expect(oldColumns(plan.catalog.project.dir)).toEqual([])
  expect(plan.models.filter(({ formerly }) => formerly !== undefined)).toEqual([])
})

describe('the old name of a relation', () => {
  test('means the relation in ref(), in models: and in selectors', () => {
    const dir = acme()
    writeFileSync(path.join(dir, 'models/own.sql'), "select received from {{ ref('event_days') }}\n")
    writeFileSync(
      path.join(dir, 'models/more.yml'),
      'models:\n  - { name: group_active_days, description: Days of groups. }\n',
    )
    const { plan, nodes } = load(dir, { target: 'dev', env: {} })
    expect(plan.model('own')?.dependsOn).toEqual(['events_daily'])
    expect(plan.model('group_activity_daily')?.description).toBe('Days of groups.')
    expect(selectNodes(nodes, { select: ['event_days+1'] })).toContain('own')
  })

  test('is that of the same relation in models:', async () => {
    const twice = 'models: [{ name: events_daily }, { name: event_days }]'
    expect(await problemsOf(goodBut({}, { 'models/m.yml': `${twice}\n` }))).toMatch(
      /^models\/m\.yml:1:\d+ {2}duplicate_name\n {2}The model `event_days` is there twice, as `events_daily` too\.\n/,
    )
  })

  test('cannot be that of another one', () => {
    const dir = acme()
    writeFileSync(path.join(dir, 'models/event_days.sql'), 'select 1 as a\n')
    expect(() => load(dir, { target: 'dev', env: {} })).toThrow(
      /`event_days` is the name of two relations: the old name of `events_daily` and models\/event_days\.sql\.[^]*`deprecated_names: false`/,
    )
  })
})

test('the id of a group has the name of its key, unless the report has a column of that name', () => {
  const columnsOf = (dir: string, relation: string) => {
    const model = load(dir, { target: 'dev', env: {} }).plan.model(relation)
    return Object.keys(model?.columns ?? {})
  }
  expect(columnsOf(acme(), 'company_health').slice(0, 2)).toEqual(['company_id', 'display_name'])
  const renamed = acme(['- name: company_id', '- name: Rule\n    noun: company'], ['company_id', 'Rule'])
  writeFileSync(
    path.join(renamed, 'models/reports.yml'),
    readFileSync(path.join(renamed, 'models/reports.yml'), 'utf8').replaceAll('company_id', 'Rule'),
  )
  expect(columnsOf(renamed, 'company_health').filter((name) => /^(rule|group_id)$/i.test(name))).toEqual([
    'group_id',
    'rule',
  ])
})
