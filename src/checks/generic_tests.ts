/** The data tests that the YAML files declare for columns and relations, as dbt writes them. */
import { createHash } from 'node:crypto'
import { hasBrokenColumns, isBrokenModel } from '../graph/broken_models.ts'
import { renderSqlText } from '../graph/jinja.ts'
import type { DeclaredTest, Model } from '../graph/model.ts'
import { currentName } from '../graph/old_names.ts'
import type { Plan } from '../graph/plan.ts'
import { givenConfig } from '../graph/test_config.ts'
import { collecting, quotedList, ProblemError, suggest, type Problem } from '../problems.ts'
import { suggestField } from '../project/dbt_hints.ts'
import type { Path } from '../project/path.ts'
import { problemsOf } from '../project/zod_problems.ts'
import { decode } from '../project/scalars.ts'
import { declaredTestFields, type DeclaredTestFields } from '../project/test_schema.ts'
import { asWritten } from '../sql/spelling.ts'
import { identifier, sql } from '../sql/sql.ts'
import type { TestDefinition } from './check.ts'
import type { Check } from './definition.ts'
import type { Target } from './generic_test.ts'

export interface DeclaredDefinition {
  readonly check: Check
  readonly definition: TestDefinition
  readonly path: Path
}

/** Declared tests that are not `enabled: false`. Whatever is wrong with them is added to `problems`. */
export function declaredTests(
  plan: Plan,
  checks: readonly Check[],
  problems: Problem[],
): DeclaredDefinition[] {
  return plan.models.flatMap((model) =>
    (model.dataTests ?? []).flatMap((declared) =>
      collecting(problems, () => declaredTest(plan, checks, model, declared) ?? []),
    ),
  )
}

function declaredTest(
  plan: Plan,
  checks: readonly Check[],
  model: Model,
  declared: DeclaredTest,
): DeclaredDefinition | undefined {
  const { project } = plan.catalog
  const { path, column } = declared
  // It may be one of a plugin that cannot be loaded.
  if (project.broken.any('plugins') && !checks.some(({ name }) => name === declared.type)) return undefined
  const check = checkOf(checks, declared)
  const { arguments: own, onColumn, onModel } = check.generic ?? {}
  if (own === undefined || (column === undefined ? onModel : onColumn) === undefined) {
    throw new ProblemError({
      code: 'invalid_value',
      message: `\`${check.name}\` is a test of ${column === undefined ? 'a column, not of a relation' : 'a relation, not of a column'}.`,
      at: project.locate(path),
      fix:
        column === undefined
          ? 'Put it under `data_tests:` of a column.'
          : 'Put it under `data_tests:` of the relation, beside `columns:`.',
    })
  }
  const schema = own.safeExtend(declaredTestFields).strict()
  const { fields, origins, problems } = flattened(plan, declared, Object.keys(own.shape))
  const written = (p: Path): Path =>
    p[0] === undefined ? path : [...path, ...(origins.get(String(p[0])) ?? [p[0]]), ...p.slice(1)]
  const decoded = decode(schema, fields)
  if (!decoded.success) {
    problems.push(
      ...problemsOf(decoded.error.issues, schema, {
        locate: (p) => project.locate(written(p)),
        locateKey: (p) => project.locateKey(written(p)),
        written: (p) => project.written?.(written(p)) ?? written(p),
      }),
    )
  }
  if (problems.length > 0 || !decoded.success) throw new ProblemError(problems)
  const given = decoded.data as DeclaredTestFields
  if (given.enabled === false) return undefined

  const rendered = (text: string, argument: string) => {
    const at = project.locate(written([argument]))
    return renderSqlText(text, at, plan.catalog)
  }
  const where = given.where === undefined ? undefined : rendered(given.where, 'where')
  const failCalc = given.fail_calc === undefined ? undefined : rendered(given.fail_calc, 'fail_calc')
  const columnIn = (relation: Model, name: string, ...argument: readonly (string | number)[]) => {
    const known = Object.keys(relation.columns)
    // The columns of a user's own query are known to the database only.
    if (relation.file !== undefined || known.includes(name) || hasBrokenColumns(relation.name, plan.catalog))
      return identifier(name)
    throw new ProblemError({
      code: 'missing_column',
      message: `\`${relation.name}\` has no column \`${name}\`.`,
      at: project.locate(written(argument)),
      fix: suggest(name, known, 'Its columns are'),
    })
  }
  const columnOf: Target['column'] = (name, ...argument) => columnIn(model, name, ...argument)
  const target: Target = {
    model: model.name,
    relation: (c, alias) => {
      const relation = c.ref(model.name)
      if (where === undefined)
        return alias === undefined ? relation : sql`${relation} as ${identifier(alias)}`
      return sql`
        (
          select *
          from ${relation}
          where (
            ${asWritten(where)}
          )
        ) as ${identifier(alias ?? model.name)}
      `
    },
    sql: (text, argument) => asWritten(rendered(text, argument)),
    value: (text, argument) =>
      /^\w+$/.test(text) ? columnOf(text, argument) : asWritten(rendered(text, argument)),
    reference: (text, argument) => {
      const name = currentName(referenced(text), plan.catalog)
      const relation = plan.model(name)
      if (relation) return { name, column: (...named) => columnIn(relation, ...named) }
      if (isBrokenModel(name, plan.catalog)) return { name, column: (column) => identifier(column) }
      throw new ProblemError({
        code: 'missing_reference',
        message: `There is no model \`${name}\`.`,
        at: project.locate(written([argument])),
        fix: suggest(
          name,
          plan.models.map((m) => m.name),
          'The models are',
        ),
      })
    },
    column: columnOf,
    named,
  }
  const args = decoded.data as never
  const made =
    column === undefined
      ? check.generic?.onModel?.(target, args)
      : check.generic?.onColumn?.(target, column, args)
  if (made === undefined) return undefined
  const definition: TestDefinition = {
    ...made,
    // SQL of the user may fail, and may find failures where no row is wrong.
    prefilter: where === undefined && failCalc === undefined ? made.prefilter : undefined,
    failCalc: failCalc === undefined ? made.failCalc : asWritten(failCalc),
    name: given.name ?? made.name,
    description: given.description ?? describedWhere(made.description, where),
    config: { ...made.config, ...givenConfig({ ...given, where }) },
    at: declared.at,
  }
  return { check, definition, path }
}

const describedWhere = (description: string, where: string | undefined) =>
  where === undefined ? description : `${description} Only where ${where.replaceAll(/\s+/g, ' ').trim()}.`

function checkOf(checks: readonly Check[], declared: DeclaredTest): Check {
  const known = checks.filter((check) => check.generic !== undefined)
  const found = known.find((check) => check.name === declared.type)
  if (found) return found
  const names = known.map(({ name }) => name)
  throw new ProblemError({
    code: 'invalid_value',
    message: `There is no data test \`${declared.type}\` to declare.`,
    at: declared.at,
    fix: checks.some((check) => check.name === declared.type)
      ? 'gwh brings it by itself; settings go under `data_tests:` of project.yml.'
      : `${suggest(declared.type, names, 'There is') ?? ''} For others write a query into tests/.`.trim(),
  })
}

/** `config:` and `arguments:` and what stands directly at the test, as one map that knows where each was. */
function flattened(plan: Plan, { given, path }: DeclaredTest, own: readonly string[]) {
  const { project } = plan.catalog
  const problems: Problem[] = []
  const fields: Record<string, unknown> = {}
  const origins = new Map<string, readonly string[]>()
  const put = (at: readonly string[], value: unknown) => {
    const field = at.at(-1) ?? ''
    const earlier = origins.get(field)
    if (earlier === undefined) {
      fields[field] = value
      origins.set(field, at)
      return
    }
    problems.push({
      code: 'contradiction',
      message: `\`${field}\` is there twice: as ${quotedList([earlier.join('.'), at.join('.')])}.`,
      at: project.locateKey([...path, ...at]),
      fix: 'Remove one of the two.',
    })
  }
  const groups = { config: Object.keys(declaredTestFields), arguments: own }
  for (const [field, value] of Object.entries(given)) {
    if (field !== 'config' && field !== 'arguments') {
      put([field], value)
    } else if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      problems.push({
        code: 'invalid_value',
        message: `\`${field}\` must be a map.`,
        at: project.locate([...path, field]),
      })
    } else {
      for (const [inner, innerValue] of Object.entries(value)) {
        if (groups[field].includes(inner)) {
          put([field, inner], innerValue)
          continue
        }
        problems.push({
          code: 'unknown_field',
          message: `\`${inner}\` is not a known field of \`${field}\`.`,
          at: project.locateKey([...path, field, inner]),
          fix: suggestField(inner, groups[field], 'The fields here are'),
        })
      }
    }
  }
  return { fields, origins, problems }
}

/** `ref('x')`, with or without the braces of a template, or just `x`. */
const referenced = (text: string) => /ref\(\s*['"]([^'"]+)['"]\s*\)/.exec(text)?.[1] ?? text.trim()

/** Fit for a file, and no longer than dbt's own names are at most. */
function named(...words: readonly string[]): string {
  const name = words.join('_').replaceAll(/[^\p{L}\p{N}_$-]+/gu, '_')
  if (name === words.join('_') && name.length <= 120) return name
  const hash = createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 10)
  return `${name.slice(0, 109)}_${hash}`
}
