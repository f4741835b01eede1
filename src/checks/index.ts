/** All checks of gwh's own, and the data tests that a project has. To add one: a file, and a line in CHECKS. */
import * as z from 'zod'
import type { Plan } from '../graph/plan.ts'
import { DEFAULT_TEST_CONFIG, givenConfig, type TestConfig } from '../graph/test_config.ts'
import { withFields } from '../graph/with_fields.ts'
import { collecting, suggest, type Location, type Problem } from '../problems.ts'
import { problemsOf } from '../project/zod_problems.ts'
import { decode } from '../project/scalars.ts'
import { testFields, type TestFields } from '../project/test_schema.ts'
import type { DataTest, TestDefinition } from './check.ts'
import type { Check } from './definition.ts'
import { declaredTests } from './generic_tests.ts'
import { acceptedRange } from './accepted_range.ts'
import { acceptedValues } from './accepted_values.ts'
import { atLeastOne } from './at_least_one.ts'
import { expressionIsTrue } from './expression_is_true.ts'
import { HEALTH_CHECKS } from './health/index.ts'
import { LIMIT_CHECKS } from './limits/index.ts'
import { notEmptyString } from './not_empty_string.ts'
import { notNull } from './not_null.ts'
import { readableOperations } from './readable_operations.ts'
import { readableProperties } from './readable_properties.ts'
import { readableTimes } from './readable_times.ts'
import { readableValues } from './readable_values.ts'
import { recency } from './recency.ts'
import { relationships } from './relationships.ts'
import { singular } from './singular.ts'
import { SPELLING_CHECKS } from './spelling/index.ts'
import { unique } from './unique.ts'
import { uniqueCombinationOfColumns } from './unique_combination_of_columns.ts'

export { modelsOf, type DataTest, type Row } from './check.ts'
export type { Check } from './definition.ts'

const OWN = [
  readableTimes,
  readableOperations,
  readableProperties,
  readableValues,
  unique,
  notNull,
  acceptedValues,
  relationships,
  uniqueCombinationOfColumns,
  acceptedRange,
  notEmptyString,
  atLeastOne,
  recency,
  expressionIsTrue,
  singular,
  ...SPELLING_CHECKS,
  ...HEALTH_CHECKS,
  ...LIMIT_CHECKS,
] as const satisfies readonly Check[]

export type CheckName = (typeof OWN)[number]['name']

export const CHECKS: readonly (Check & { readonly name: CheckName })[] = OWN

const commonFields = z.object(testFields)

/** All fields of a check's entry under `data_tests:` of project.yml. */
export const optionsSchemaOf = ({ options }: Check): z.ZodObject =>
  (options ?? z.object({})).safeExtend(testFields).strict()

/**
 * Every data test of a project: those that gwh brings and those that the project declares.
 * @param problems is given everything that is wrong in `data_tests`
 * @param checks those that there are
 */
export function dataTestsOf(plan: Plan, problems: Problem[], checks: readonly Check[] = CHECKS): DataTest[] {
  const settings = settingsOf(plan, checks, problems)
  const declared = declaredTests(plan, checks, problems)
  const tests = checks.flatMap((check) => {
    const options = settings.get(check.name)
    if (options === undefined) return []
    if ((options.enabled ?? check.enabled) === false) return []
    // A check may have an option that is called as a field of declared tests.
    const shared = commonFields.parse(options)
    const configOf = (given: Partial<TestConfig>): TestConfig => ({
      ...DEFAULT_TEST_CONFIG,
      severity: check.severity,
      ...givenConfig(shared),
      ...given,
      // They add up, as in dbt.
      tags: [...new Set([...(shared.tags ?? []), ...(given.tags ?? [])])],
    })
    const common = configOf({})
    const complete = (definition: TestDefinition): DataTest =>
      withFields(definition, {
        check: check.name,
        config: definition.config === undefined ? common : configOf(definition.config),
      })
    const said = declared.filter((d) => d.check === check).map(({ definition }) => definition)
    // What the project says about all rows takes the place of the same test of gwh's own.
    const replaced = new Set(said.filter(({ config }) => config?.where === undefined).map(({ name }) => name))
    const own = collecting(problems, () => check.testsOf(plan, options as never)).filter(
      ({ name }) => !replaced.has(name),
    )
    return [...own, ...said].map(complete)
  })
  problems.push(...doubledNames(plan, tests))
  return tests
}

/** The section `data_tests` of project.yml, by name of the check. */
function settingsOf(plan: Plan, checks: readonly Check[], problems: Problem[]): Map<string, TestFields> {
  const { project } = plan.catalog
  const settings = new Map<string, TestFields>()
  for (const check of checks) {
    const schema = optionsSchemaOf(check)
    const at = ['data_tests', check.name] as const
    const decoded = decode(schema, project.data_tests[check.name] ?? {})
    if (decoded.success) {
      settings.set(check.name, decoded.data)
      continue
    }
    problems.push(
      ...problemsOf(decoded.error.issues, schema, {
        locate: (path) => project.locate([...at, ...path]),
        locateKey: (path) => project.locateKey([...at, ...path]),
        written: (path) => [...at, ...path],
      }),
    )
  }
  const names = checks.map(({ name }) => name)
  for (const name of Object.keys(project.data_tests)) {
    if (names.includes(name) || project.broken.any('plugins')) continue
    problems.push({
      code: 'unknown_field',
      message: `There is no check \`${name}\`.`,
      at: project.locateKey(['data_tests', name]),
      fix: suggest(name, names, 'The checks are'),
    })
  }
  return settings
}

/** Selectors, files and results go by name. */
function doubledNames(plan: Plan, tests: readonly DataTest[]): Problem[] {
  const owners = new Map<string, { what: string; at?: Location | undefined }>([
    ...plan.models.map(({ name }) => [name, { what: 'of a model' }] as const),
    ...plan.catalog.sources.map(({ name }) => [name, { what: 'of a source' }] as const),
  ])
  return tests.flatMap(({ name, check, at }): Problem[] => {
    const owner = owners.get(name)
    owners.set(name, { what: at === undefined ? 'of one that gwh brings' : 'of another one', at })
    if (owner === undefined) return []
    const fix =
      check === 'singular' ? 'Rename the file.' : 'Give it a `name:` of its own, or remove one of the two.'
    return [
      {
        code: 'duplicate_name',
        message: `\`${name}\` is the name of a data test and ${owner.what}.`,
        at: at ?? owner.at,
        fix,
      },
    ]
  })
}
