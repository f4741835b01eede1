/** An engine that writes names and texts in its own way is given all of its SQL so, and gives the same rows. */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { asWritten, STANDARD, spelled, textFor } from '../src/sql/spelling.ts'
import { identifier, literal, sql } from '../src/sql/sql.ts'
import { gwh } from './support/cli.ts'
import { tempFolder } from './support/engines.ts'

const BACKTICKS = {
  spelling: {
    name: (part: string) => `\`${part}\``,
    text: (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  },
}

test('a piece of SQL is spelled for an engine', () => {
  const piece = sql`
    -- what's "left" alone
    select ${identifier('order')}, ${literal("it's \\ 1")}, 'plain' /* as 'here' */
    from ${identifier('a b', 'c')}
    where ${asWritten(`"x" = 'y'`)}
  `
  expect(textFor(piece, { spelling: STANDARD })).toBe(
    `-- what's "left" alone\nselect "order", 'it''s \\ 1', 'plain' /* as 'here' */\nfrom "a b".c\nwhere "x" = 'y'`,
  )
  expect(textFor(piece, BACKTICKS)).toBe(
    `-- what's "left" alone\nselect \`order\`, 'it\\'s \\\\ 1', 'plain' /* as 'here' */\nfrom \`a b\`.c\nwhere "x" = 'y'`,
  )
  expect(spelled(`select 1 as "a""b"`, BACKTICKS)).toBe('select 1 as `a"b`')
})

let dir: string
beforeAll(() => {
  dir = tempFolder()
  cpSync('test/fixtures/ticks', dir, { recursive: true })
  mkdirSync(path.join(dir, 'node_modules'))
  symlinkSync(path.resolve('.'), path.join(dir, 'node_modules/gwh'), 'dir')
})

const RELATIONS = ['events', 'company_profiles', 'signup', 'signup_entities', 'weeks', 'by_name']

test('the same rows come from its relations, and nothing is asked in the spelling of others', async () => {
  const rows: Record<string, string[]> = {}
  for (const target of ['duckdb', 'ticks']) {
    expect(await gwh(dir, ['build', '--target', target])).toMatchObject({ code: 0, stderr: '' })
    const shown = RELATIONS.map((name) => gwh(dir, ['show', name, '--output', 'csv', '--target', target]))
    rows[target] = (await Promise.all(shown)).map(({ stdout }) => stdout)
  }
  expect(rows['ticks']).toEqual(rows['duckdb'])
  const [, , signup, , , byName] = rows['ticks'] ?? []
  expect(signup).toContain('1\\2')
  expect(byName).toContain("it's a \\ start,it's,2")
  const compiled = readFileSync(path.join(dir, 'target/compiled/models/events.sql'), 'utf8')
  expect(compiled).toContain('`who?`')
  // a word that only this engine reserves
  expect(compiled).toContain('`seats`')
  expect(compiled).toContain('`its "company"`')
})
