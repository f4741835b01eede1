/** `gwh explain`: every code, rule and check has a text, and it is that of the pages. */
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../scripts/generate/files.ts'
import { CHECKS } from '../src/checks/index.ts'
import { explanations } from '../src/cli/explanations.ts'
import { PROBLEM_CODES } from '../src/problems.ts'
import { gwh } from './support/cli.ts'
import { copyOf, tempFolder } from './support/engines.ts'
import { page } from './support/pages.ts'

const all = explanations()
const namesOf = (kind: string) => all.filter((one) => one.kind === kind).map(({ name }) => name)

describe('what is explained', () => {
  test('is every problem code, with the exit code that it leads to', () => {
    expect(namesOf('problem').toSorted()).toEqual(Object.keys(PROBLEM_CODES).toSorted())
    const exits = all
      .filter(({ kind }) => kind === 'problem')
      .map(({ name, text }) => [name, /^Exit code (\d+)/.exec(text)?.[1]])
    expect(Object.fromEntries(exits)).toEqual(
      Object.fromEntries(Object.entries(PROBLEM_CODES).map(([code, exit]) => [code, String(exit)])),
    )
  })

  test('is every rule that has an id', () => {
    const ids = [...page('docs/semantics.md').matchAll(/<a id="([a-z]+-\d+)">/g)].map(([, id = '']) =>
      id.toUpperCase(),
    )
    expect(ids.length).toBeGreaterThan(50)
    expect(namesOf('rule')).toEqual(ids)
  })

  test('is every check', () => {
    expect(namesOf('check')).toEqual(CHECKS.map(({ name }) => name))
  })

  test('has a title in one line and no Markdown that a terminal cannot show', () => {
    expect(
      all.filter(
        ({ title, text }) => title.trim() === '' || title.includes('\n') || text.length < title.length,
      ),
    ).toEqual([])
    expect(all.filter(({ title, text }) => /\]\(|\*\*|<a /.test(title + text))).toEqual([])
  })
})

describe('gwh explain', () => {
  test('prints a code, a rule in any case, and a check', async () => {
    expect((await gwh(ROOT, ['explain', 'seed_needed'])).stdout).toMatchInlineSnapshot(`
      "seed_needed  (problem)

      Exit code 2. A file has not been loaded into the warehouse, which cannot read files in place.

      - Run \`gwh seed\`, or \`gwh build\`, which does it first.
      "
    `)
    expect((await gwh(ROOT, ['explain', 'id-2'])).stdout).toMatchInlineSnapshot(`
      "ID-2  (rule)

      The same id under two keys is two groups. Always filter by \`group_key\` first.
      "
    `)
    expect((await gwh(ROOT, ['explain', 'group_id_length'])).stdout).toMatchInlineSnapshot(`
      "group_id_length  (check)

      No group id is longer than the vendor allows.
      Where it does not hold, it is an error: nothing is published.
      Turn it off in project.yml: \`data_tests: {group_id_length: {enabled: false}}\`.
      "
    `)
  })

  test('lists all without a name, also as JSON', async () => {
    const { stdout, code } = await gwh(ROOT, ['explain', '--log-format', 'json'])
    expect(code).toBe(0)
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string })
    expect(listed.map(({ name }) => name)).toEqual(all.map(({ name }) => name))
    expect((await gwh(ROOT, ['explain'])).stdout.trim().split('\n')).toHaveLength(all.length + 1)
  })

  test('refuses a name that is none with the nearest one, and needs no project', async () => {
    const { code, stderr } = await gwh(tempFolder(), ['explain', 'mising_column'])
    expect(code).toBe(2)
    expect(stderr).toContain('Did you mean `missing_column`?')
  })

  test('is named after a problem', async () => {
    const dir = copyOf(path.join(ROOT, 'examples/acme'))
    const { stderr } = await gwh(dir, ['compile', '--target', 'nowhere'])
    expect(stderr).toContain('What it means: gwh explain unknown_target')
  })
})
