/** Compiled SQL is read by people: what stands above it, how wide and how long it is, and that none of it is built anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, load, run } from '../src/gwh.ts'
import { relationsIn } from '../src/sql/open.ts'
import {
  identifier,
  join,
  literal,
  relation,
  sql,
  toFittedText,
  toText,
  trusted,
  type Sql,
} from '../src/sql/sql.ts'
import { fitted, WIDTH } from '../src/sql/width.ts'
import { copyOf, ENGINES } from './support/engines.ts'
import { GOOD, writeProject } from './support/projects.ts'

const ENV = { env: { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' } }

const DEFAULT_FUNNEL = {
  ...GOOD,
  'project.yml': `${GOOD['project.yml'] ?? ''}
reports:
  - { name: to_pay, type: funnel, by: company_id, steps: [sign_up, invite, pay] }
`,
}

const compiledOf = (dir: string, name: string) =>
  readFileSync(path.join(dir, 'target/compiled/models', `${name}.sql`), 'utf8')

const headerOf = (text: string) =>
  text.split('\n').slice(
    0,
    text.split('\n').findIndex((line) => !line.startsWith('--')),
  )

describe.each(ENGINES)('compiled SQL for %s', (engine) => {
  const target = engine === 'duckdb' ? 'dev' : 'pg'

  test('the default funnel of three steps fits on two screens', () => {
    const dir = writeProject(DEFAULT_FUNNEL)
    compile(load(dir, { target, ...ENV }))
    for (const name of ['to_pay', 'to_pay_entities'])
      expect([name, compiledOf(dir, name).trimEnd().split('\n').length <= 120]).toEqual([name, true])
  })

  test('begins with what the relation is, its rules, and where it is said', () => {
    const dir = writeProject(DEFAULT_FUNNEL)
    const { plan } = load(dir, { target, ...ENV })
    compile(load(dir, { target, ...ENV }))
    const [first, ...more] = headerOf(compiledOf(dir, 'to_pay_entities'))
    expect(first).toBe('-- gwh.to_pay_entities: report to_pay, project.yml:15')
    expect(more.join('\n')).toMatch(/one row per company_id/)
    expect(more.join('\n')).toMatch(/Rules: FUN-1, FUN-2, .*\(docs\/semantics\.md\)/)
    expect(more.join('\n')).toMatch(/Counted by next event.*: no event can be two of the steps/)
    const known = new Set(readFileSync('docs/semantics.md', 'utf8').match(/(?<=\*\*)[A-Z]+-\d+/g))
    for (const { name, rules = [] } of plan.models.filter(({ file }) => file === undefined)) {
      expect([name, rules.length > 0, rules.filter((rule) => !known.has(rule))]).toEqual([name, true, []])
      expect(headerOf(compiledOf(dir, name)).length).toBeGreaterThan(2)
    }
  })

  test.each(['test/fixtures/acme', '.'])('no line of %s is too wide', (project) => {
    const dir = copyOf(project)
    const { files } = compile(load(dir, { target: engine === 'duckdb' ? 'dev' : 'postgres', ...ENV }))
    const wide = files.flatMap((file) =>
      readFileSync(path.join(dir, file), 'utf8')
        .replaceAll(dir, '<project>')
        .split('\n')
        .filter((line) => line.length > WIDTH)
        // one text alone is never cut
        .filter((line) => !/'(?:[^']|''){80,}'/.test(line))
        .map((line) => `${file}: ${line}`),
    )
    expect(wide).toEqual([])
  })
})

test('a line that moves in project.yml builds nothing anew', { timeout: 60_000 }, async () => {
  const dir = writeProject(DEFAULT_FUNNEL)
  const text = readFileSync(path.join(dir, 'project.yml'), 'utf8')
  const built = async () => {
    const loaded = load(dir, { env: {} })
    await run(loaded, { command: 'build' })
    return compiledOf(dir, 'to_pay_entities')
  }
  const before = await built()
  writeFileSync(path.join(dir, 'project.yml'), `# a line more\n${text}`)
  const after = await built()
  expect(headerOf(after)).not.toEqual(headerOf(before))
  const body = (sql: string) => sql.slice(headerOf(sql).join('\n').length)
  expect(body(after)).toBe(body(before))
})

test('lines are broken where that changes nothing', () => {
  const value = `'${"it''s, and ".repeat(14)}'`
  const line = `    where ${'a_column = 1 and '.repeat(9)}b in (1, 2) or "${'x and '.repeat(5)}" = ${value}`
  const broken = fitted(line)
  expect(broken.split('\n').length).toBeGreaterThan(2)
  expect(broken).toContain(value)
  expect(broken.replaceAll(/\n */g, ' ')).toBe(line)
  expect(fitted('select 1')).toBe('select 1')
  const comment = `-- ${'it is said that '.repeat(20)}`
  for (const part of fitted(comment).split('\n')) expect(part).toMatch(/^-- .{1,117}$/)
})

test('names of relations whose place is open are never broken, whatever is in them', () => {
  const names = ["it's a key's profiles", 'say "a b" and c', '--not a comment, and more']
  const read = (name: string) => `select a from ${toText(relation(name))} where a_column = 1 and b = 2`
  const line = names.map(read).join(' union all ')
  const broken = fitted(line, 3)
  expect(broken.split('\n')).toHaveLength(2)
  expect(relationsIn(broken)).toEqual(names)
  expect(broken.replaceAll(/\n */g, ' ')).toBe(line)
})

test('lines that are broken as they are laid out are those that the whole text is broken to', () => {
  const leaf = fc.constantFrom(
    sql``,
    sql`a_column = 1`,
    sql`-- it's why`,
    literal("it's -- so"),
    literal(
      "two\nlines of 'text' that go on for as long as a line may be, and then some more so that it is too long",
    ),
    identifier('a "b" and c'),
    relation("a key's profiles"),
    // what stands behind them is in quotes
    trusted("'"),
    trusted("'a\n  b"),
  )
  const piece = fc.letrec<{ piece: Sql }>((tie) => ({
    piece: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc
        .array(tie('piece'), { maxLength: 9 })
        .chain((pieces) =>
          fc.constantFrom(join(pieces, ' and '), join(pieces, ',\n'), join(pieces, '\nunion all\n')),
        ),
      tie('piece').map((inner) => sql`coalesce(${inner}, false) as is_seen`),
      fc.tuple(tie('piece'), tie('piece')).map(
        ([one, other]) => sql`
          select ${one}, 'a text' as b -- it's how
          from (
            ${other}
          ) as inner_query
        `,
      ),
    ),
  })).piece
  fc.assert(
    fc.property(piece, fc.nat(70), (given, longer) => {
      expect(toFittedText(given, longer)).toBe(fitted(toText(given), longer))
    }),
    { numRuns: 3000 },
  )
})
