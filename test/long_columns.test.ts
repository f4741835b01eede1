/** Columns of files whose names are longer than PostgreSQL has room for. */
import { describe, expect, test } from 'vitest'
import { keptName } from '../src/engines/names.ts'
import { buildProject, ENGINES, optionsFor, tempFolder } from './support/engines.ts'
import { GOOD, problems, writeFiles, build } from './support/projects.ts'

const START = 'how_many_seats_the_company_has_paid_for_in_the_month_before_las' // 63 bytes
const WIDE = `${'é'.repeat(31)}xé` // 65 bytes, of which a whole character ends at 63

function project(header: string, row: string, column: string): string {
  const dir = tempFolder()
  writeFiles(dir, {
    'project.yml': `name: long
target: dev
targets:
  dev: { type: duckdb, path: warehouse.duckdb, schema: long }
  postgres: { type: postgres, url: "\${GWH_POSTGRES_URL}", schema: long }
group_keys: [{ name: company_id }]
sources:
  - { name: events, type: events, file: events.csv, columns: { event: event, time: time, user: user_id } }
  - name: accounts
    type: group_table
    file: accounts.csv
    group_key: company_id
    columns: { id: id }
    properties: { seats: '${column}' }
`,
    'events.csv': GOOD['events.csv'] ?? '',
    'accounts.csv': `id,${header}\nacme,${row}\n`,
    'models/own.sql': `select "${column}" as seats from {{ source('accounts') }}\n`,
  })
  return dir
}

test('the server cuts a name in the middle of no character', () => {
  const kept = (name: string) => keptName(name, { longestName: 63 })
  expect(START).toHaveLength(63)
  expect(keptName(WIDE, { longestName: undefined })).toBe(WIDE)
  expect(kept(START)).toBe(START)
  expect(kept(`${START}t`)).toBe(START)
  expect(kept(WIDE)).toBe(`${'é'.repeat(31)}x`)
  expect(kept('é'.repeat(32))).toBe('é'.repeat(31))
})

describe.each(ENGINES)('on %s', (engine) => {
  test.each([[`${START}t_one`], [WIDE], ['é'.repeat(40)]])('%s is read by its name', async (column) => {
    const built = await buildProject(project(column, '5', column), engine)
    expect(built.outcome.ok).toBe(true)
    expect(await built.rows('company_profiles')).toContainEqual(
      expect.objectContaining({ company_id: 'acme', seats: '5' }),
    )
    expect(await built.rows('own')).toEqual([{ seats: 5 }])
  })
})

test.each([
  ['two that are longer', `${START}t_one`, `${START}t_two`],
  ['one that fits, and one that is longer', START, `${START}t_two`],
])('%s and would be one are a problem', async (_, first, second) => {
  const dir = project(`${first},${second}`, '5,6', first)
  const options = await optionsFor('postgres')
  const said = await problems(dir, () => build(dir, options))
  expect(said).toContain('project.yml:11:11  unreadable_file')
  expect(said).toContain(`cannot tell apart: \`${first}\`, \`${second}\`.`)
})
