/**
 * A model as the statements that make it. Most engines compute a common table expression once where that is asked;
 * others write it out wherever it is read, so that a chain of them doubles with every level. For those each one
 * that is to be computed once becomes a table, and what reads it reads the table.
 */
import type { SqlEngine } from '../engines/engine.ts'
import { queryParts, readsOf, type Cte } from '../sql/ctes.ts'
import { textFor, type Spells } from '../sql/spelling.ts'
import { type RelationName, identifier, toText } from '../sql/sql.ts'
import type { Materialization } from './model.ts'

/** A table that is made before the relation of the model, and goes when that is there. */
export interface Step {
  readonly relation: RelationName
  readonly select: string
}

export interface Statements {
  /** In the order in which they are made. */
  readonly steps: readonly Step[]
  /** The query that the model's relation is made from. */
  readonly select: string
}

/**
 * @param place of the model's relation: its steps are tables beside it
 * @param kind a view has no steps: they would have to stay for as long as it does
 */
export function statementsOf(
  text: string,
  place: RelationName,
  kind: Materialization,
  engine: SqlEngine,
): Statements {
  if (engine.computesOnce) return { steps: [], select: text }
  const { ctes, rest } = queryParts(text)
  if (kind !== 'table') return { steps: [], select: reading(rest, ctes, new Map()) }
  const tables = new Map(
    ctes
      .filter(({ once }) => once)
      .map((cte, i) => [cte.name, [...place.slice(0, -1), `${place.at(-1)}__${i + 1}`]]),
  )
  const steps = ctes.flatMap((cte, i): Step[] => {
    const relation = tables.get(cte.name)
    return relation ? [{ relation, select: reading(cte.body, ctes.slice(0, i), tables) }] : []
  })
  return { steps, select: reading(rest, ctes, tables) }
}

/** A query with the expressions before it that it reads, itself or by way of others. */
function reading(query: string, before: readonly Cte[], tables: ReadonlyMap<string, RelationName>): string {
  const needed: string[] = []
  let texts = query
  for (const { name, body } of before.toReversed()) {
    if (readsOf(name, texts) === 0) continue
    const table = tables.get(name)
    const made = table ? `select * from ${toText(identifier(...table))}` : body
    needed.unshift(`${name} as (\n  ${made}\n)`)
    texts += `\n${made}`
  }
  return needed.length === 0 ? query : `with\n${needed.join(',\n')}\n${query}`
}

/** The statement that makes a step. */
export const createStep = ({ relation, select }: Step, engine: Spells): string =>
  `create table ${textFor(identifier(...relation), engine)} as\n${select}`

/** All of a model as one text, for people: the statements that make its steps, and its query. */
export const textOf = ({ steps, select }: Statements, engine: Spells): string =>
  [...steps.map((step) => `${createStep(step, engine)};\n`), select].join('\n')
