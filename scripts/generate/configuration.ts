/** The parts of docs/ about project.yml, connectors and checks; reports.ts has those about reports. */
import * as z from 'zod'
import { CONNECTORS } from '../../connectors/index.ts'
import { CHECKS } from '../../src/checks/index.ts'
import { csvSchema } from '../../src/project/file_schema.ts'
import { LIMIT_DOCS, LIMIT_PROFILES, type LimitName } from '../../src/project/limits.ts'
import { sourceFields, type ProjectOptions } from '../../src/project/schema.ts'
import { declaredTestFields, testFields } from '../../src/project/test_schema.ts'
import { fieldsOf, fieldsTable, type Field } from './fields.ts'
import {
  jsonSchema,
  knownWith,
  sourceChoices,
  strictProjectSchema,
  type JsonSchema,
} from '../../src/editors/json_schema.ts'
import { code, table } from './markdown.ts'
import { reportsReference } from './reports.ts'

export const checksTable = (): string =>
  table(
    ['check', 'severity', 'what it says'],
    CHECKS.map(({ name, severity, description }) => [code(name), severity, description]),
  )

export const connectorsTable = (): string =>
  table(
    ['connector', 'types of source', 'what it reads'],
    Object.values(CONNECTORS).map((connector) => [
      code(connector.name),
      sourceFields.type.options
        .filter((type) => connector[type])
        .map(code)
        .join(', '),
      connector.description,
    ]),
  )

/** What a data test may say, and what the checks add to it. */
export const checkFieldsReference = (): string =>
  [
    '## A data test',
    '`fail_calc` is not for `data_tests` of project.yml. `where`, `name` and `description` are of declared tests only.',
    fieldsTable(fieldsOf(jsonSchema(z.object({ ...testFields, ...declaredTestFields })))),
    '## Arguments of declared data tests',
    ownFieldsTable(CHECKS.map(({ name, generic }) => [name, generic?.arguments])),
    ...(CHECKS.some(({ options }) => options)
      ? [
          '## Options of checks',
          'Under `data_tests: <check>:` of project.yml, beside the fields of every data test.',
          ownFieldsTable(CHECKS.map(({ name, options }) => [name, options])),
        ]
      : []),
  ].join('\n\n')

/** Every field of project.yml, section by section. */
export function projectReference(): string {
  const project = strictProjectSchema(knownWith([]))
  const section = (name: keyof ProjectOptions): JsonSchema => project.properties?.[name] ?? {}
  const targets = section('targets').additionalProperties
  return [
    '## The project',
    fieldsTable(fieldsOf(project).filter(({ name }) => !/[.[]/.test(name))),
    ...(typeof targets === 'object' ? (targets.oneOf ?? []) : []).flatMap((target) => [
      `## A target of type ${code(String(target.properties?.['type']?.const))}`,
      fieldsTable(fieldsOf(target)),
    ]),
    '## A group key',
    fieldsTable(fieldsOf(section('group_keys').items ?? {})),
    '## Limits',
    limitsTable(section('limits')),
    '## Every source',
    fieldsTable(commonFields()),
    '## How CSV files are written (`csv` of a source)',
    fieldsTable(fieldsOf(jsonSchema(csvSchema))),
    ...sourceChoices(knownWith([])).flatMap(({ connector, type, own }) => [
      `## A source of type ${code(type)}, connector ${code(connector.name)}`,
      fieldsTable(fieldsOf(own)),
    ]),
    ...reportsReference(),
    '## An entry of `models`',
    fieldsTable(fieldsOf(section('models').items ?? {})),
    '## An entry of `unit_tests`',
    fieldsTable(fieldsOf(section('unit_tests').items ?? {})),
  ].join('\n\n')
}

/** The fields of several checks in one table. */
function ownFieldsTable(
  schemas: readonly (readonly [check: string, schema: z.ZodObject | undefined])[],
): string {
  return table(
    ['check', 'field', 'values', 'default', 'what it means'],
    schemas.flatMap(([check, schema]) =>
      (schema ? fieldsOf(jsonSchema(schema)) : []).map((field) => [
        code(check),
        code(field.name),
        field.type,
        field.default,
        field.description,
      ]),
    ),
  )
}

function commonFields(): Field[] {
  const choices = sourceChoices(knownWith([]))
  const fields = fieldsOf(choices[0]?.schema ?? {}).filter(({ name }) => Object.hasOwn(sourceFields, name))
  const values: Record<string, readonly string[]> = {
    type: sourceFields.type.options,
    connector: Object.keys(CONNECTORS),
  }
  return fields.map((field) => ({ ...field, type: values[field.name]?.map(code).join(', ') ?? field.type }))
}

/** Years are written without a comma. */
const written = (name: LimitName, value: number | null): string =>
  value === null ? '' : name === 'earliest_event_year' ? String(value) : value.toLocaleString('en-US')

/** The numbers of all profiles side by side; each can be overridden by its name. */
function limitsTable(limits: JsonSchema): string {
  const profiles = Object.entries(LIMIT_PROFILES)
  const names = Object.keys(LIMIT_PROFILES.none) as LimitName[]
  return [
    fieldsTable(fieldsOf(limits).filter((field) => field.name === 'profile')),
    'The numbers of the profiles. Give a limit by its name to override it; `null` is no limit, and no data test.',
    table(
      ['limit', ...profiles.map(([profile]) => code(profile)), 'what is limited'],
      names.map((name) => [
        code(name),
        ...profiles.map(([, numbers]) => written(name, numbers[name])),
        LIMIT_DOCS[name],
      ]),
    ),
  ].join('\n\n')
}
