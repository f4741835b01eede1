/** What a model reads is recorded from its SQL: what the graph says and what the text says are one. */
import { engineOf } from '../src/engines/index.ts'
import { textOf } from '../src/graph/statements.ts'
import { describe, expect, test } from 'vitest'
import { createCompiler } from '../src/graph/compile.ts'
import { load } from '../src/gwh.ts'
import { copyOf, ENGINES } from './support/engines.ts'

const PROJECTS = { acme: 'test/fixtures/acme', helm: '.' }

describe.each(ENGINES)('parents on %s', (engine) => {
  test.each(Object.entries(PROJECTS))('of every model of %s', (_, folder) => {
    const options = { env: { GWH_POSTGRES_URL: 'postgresql://nobody@localhost/none' } }
    const target = engine === 'duckdb' ? 'dev' : 'postgres'
    const { plan } = load(copyOf(folder), { target, ...options })
    const compiler = createCompiler(plan, engineOf(plan.catalog.project))
    const places = { relation: (name: string) => ['place_of', name] }
    const sourced = { ...places, source: (name: string) => ['source_of', name] }
    const read = (text: string, schema: string) =>
      [
        ...new Set([...text.matchAll(new RegExp(`\\b${schema}\\.(\\w+)`, 'g'))].map((m) => m[1] ?? '')),
      ].toSorted()
    expect(plan.models.length).toBeGreaterThan(20)
    for (const model of plan.models.filter(({ file }) => file === undefined)) {
      const text = textOf(compiler.model(model, sourced), compiler.engine)
      expect([model.name, read(text, 'place_of')]).toEqual([model.name, [...model.dependsOn].toSorted()])
      expect([model.name, read(text, 'source_of')]).toEqual([model.name, [...model.sources].toSorted()])
      expect(textOf(compiler.model({ ...model, body: undefined }, sourced), compiler.engine)).toBe(text)
    }
  })
})
