/** SQL of every model as Trino's own parser reads it: what is no statement there stands in a list, with the reason. */
import { expect, test } from 'vitest'
import { RESERVED, trino } from '../src/engines/trino/index.ts'
import { createCompiler } from '../src/graph/compile.ts'
import { createStep } from '../src/graph/statements.ts'
import { load } from '../src/gwh.ts'
import { identifier, sql, toText } from '../src/sql/sql.ts'
import { copyOf } from './support/engines.ts'
import { trinoParser } from './support/trino_parser.ts'

const PROJECTS = { acme: 'test/fixtures/acme', helm: '.', example: 'examples/acme' }

/** By the names of statements: the construct that Trino does not read, and why it is still there. */
const UNREAD: Readonly<Record<string, { readonly construct: string; readonly reason: string }>> = {}

/** All statements of a project's models, by project, model and place. */
function statements(): Map<string, string> {
  const all = new Map<string, string>()
  for (const [project, folder] of Object.entries(PROJECTS)) {
    const { plan } = load(copyOf(folder), { target: 'dev', env: {} })
    const compiler = createCompiler(plan, trino)
    for (const model of plan.models.filter(({ file }) => file === undefined)) {
      const { steps, select } = compiler.model(model, { relation: (name) => ['s', name] })
      const create = `create ${model.materialized} s.${model.name} as\n${select}`
      const made = [...steps.map((step) => createStep(step, trino)), create]
      for (const [i, text] of made.entries()) all.set(`${project}.${model.name}.${i + 1}`, text)
    }
  }
  return all
}

test('all models are statements of Trino, but for those of the list', { timeout: 300_000 }, (context) => {
  const parser = trinoParser()
  if ('missing' in parser) return context.skip(`not parsed: ${parser.missing}`)
  const all = statements()
  expect(all.size).toBeGreaterThan(150)
  for (const word of RESERVED) {
    all.set(`bare ${word}`, `select 1 as ${word}`)
    all.set(`quoted ${word}`, toText(sql`select 1 as ${identifier(word)}`))
  }
  // the parser does say no
  all.set('wrong', 'with a as materialized (select 1) select * from a')
  const unread = parser.parse(all)
  const wrong = ['wrong', ...RESERVED.map((word) => `bare ${word}`)]
  expect(
    unread
      .map(({ name }) => name)
      .filter((name) => wrong.includes(name))
      .toSorted(),
  ).toEqual(wrong.toSorted())
  const inModels = unread.filter(({ name }) => !wrong.includes(name))
  expect(inModels.filter(({ name }) => !Object.hasOwn(UNREAD, name))).toEqual([])
  // what is read by now is taken off the list
  expect(inModels.map(({ name }) => name).toSorted()).toEqual(Object.keys(UNREAD).toSorted())
})
