/**
 * The JSON Schemas for editors: of project.yml and of the files that are merged into it. They
 * take what projectJsonSchema() takes; what stands there more than once is said once, and choices are told apart
 * by conditions, so that editors say what is wrong with the one that is meant.
 */
import * as z from 'zod'
import { optionsSchemaOf } from '../checks/index.ts'
import { grantsSchema } from '../engines/target_fields.ts'
import { columnTypesSchema, csvSchema } from '../project/file_schema.ts'
import {
  conditionSchema,
  filterSchema,
  periodSchema,
  propertySchema,
  rangeSchema,
} from '../project/report_schema.ts'
import { freshnessSchema, MERGED_SECTIONS, projectSchema, relationFields } from '../project/schema.ts'
import { declaredTestFields, testFields } from '../project/test_schema.ts'
import { withFieldGroups, type Fields } from './field_groups.ts'
import { partSchema, projectJsonSchema, withVariables, type JsonSchema, type Known } from './json_schema.ts'
import { withParts } from './schema_parts.ts'
import { withSharedDefinitions } from './shared_definitions.ts'
import { toldApart } from './told_apart.ts'

/** The texts of the schemas by the names of their files. */
export function schemaFiles(known: Known): Map<string, string> {
  const project = projectJsonSchema(known)
  return new Map(
    Object.entries({
      'project.schema.json': project,
      ...Object.fromEntries(
        Object.keys(MERGED_SECTIONS).map((folder) => [
          `${folder}.schema.json`,
          mergedJsonSchema(project, folder as keyof typeof MERGED_SECTIONS),
        ]),
      ),
    }).map(([file, schema]) => [file, written(published(schema, known))]),
  )
}

/** A file of one of the folders: some lists of project.yml, each of which may be empty, and dbt's version. */
export function mergedJsonSchema(project: JsonSchema, folder: keyof typeof MERGED_SECTIONS): JsonSchema {
  const sections = Object.fromEntries(
    MERGED_SECTIONS[folder].map((section): [string, JsonSchema] => [
      section,
      { ...project.properties?.[section], type: ['array', 'null'] },
    ]),
  )
  return {
    ...(project.$schema !== undefined && { $schema: project.$schema }),
    title: `${folder} of a gwh project`,
    description: `A file of ${folder}/ of a gwh project: more entries for the lists of project.yml.`,
    type: ['object', 'null'],
    properties: {
      version: { const: 2, description: 'Taken for the sake of dbt, which asks for it.' },
      ...sections,
    },
    additionalProperties: false,
    ...(project.definitions && { definitions: project.definitions }),
  }
}

function published(schema: JsonSchema, { checks }: Known): JsonSchema {
  const formOf = (given: z.ZodType) => toldApart(withVariables(partSchema(given)))
  const fieldsOf = (shape: z.ZodRawShape): Fields => formOf(z.object(shape)).properties ?? {}
  const { fail_calc, where, name, description } = declaredTestFields
  const groups = {
    test_fields: fieldsOf(testFields),
    declared_test_fields: fieldsOf({ fail_calc, where, name, description }),
    property_fields: fieldsOf(propertySchema.shape),
    relation_fields: fieldsOf(relationFields),
  }
  const [check] = checks.filter(({ options }) => options === undefined)
  const [limit] = Object.entries(projectSchema.shape.limits.unwrap().shape).filter(
    ([key]) => key !== 'profile',
  )
  const known = {
    name: projectSchema.shape.name,
    filter: filterSchema,
    condition: conditionSchema,
    period: periodSchema,
    column_type: columnTypesSchema.valueType,
    texts: csvSchema.shape.names.unwrap(),
    roles: grantsSchema.shape.select.unwrap(),
    age: freshnessSchema.shape.warn_after.unwrap(),
    moment: rangeSchema.shape.from.unwrap(),
    date_format: csvSchema.shape.date_format.unwrap(),
    threshold: testFields.warn_if.unwrap(),
    ...(limit && { limit: limit[1] }),
    ...(check && { test_settings: optionsSchemaOf(check) }),
  }
  return withSharedDefinitions(
    withFieldGroups(toldApart(schema), groups),
    Object.fromEntries(
      Object.entries(known).map(([key, given]) => {
        const { definitions: _, ...form } = withFieldGroups(formOf(given), groups)
        return [key, form]
      }),
    ),
  )
}

/** One line for each field of the top, each definition and each case: short, and still to be compared by lines. */
function written(schema: JsonSchema): string {
  const [properties, definitions] = [schema.properties, schema.definitions].map((parts) =>
    Object.fromEntries(Object.entries(parts ?? {}).map(([name, part]) => [name, short(part)])),
  )
  const lines = (parts: Record<string, string> = {}) =>
    `{\n${Object.entries(parts)
      .map(([name, text]) => `    ${JSON.stringify(name)}: ${text}`)
      .join(',\n')}\n  }`
  const rows = Object.entries(schema).map(([keyword, value]) => {
    if (keyword === 'properties') return `  "properties": ${lines(properties)}`
    if (keyword === 'definitions') return `  "definitions": ${lines(definitions)}`
    return `  ${JSON.stringify(keyword)}: ${JSON.stringify(value)}`
  })
  return `{\n${rows.join(',\n')}\n}\n`
}

const short = (schema: JsonSchema): string =>
  JSON.stringify(withTrue(schema)).replaceAll(',{"if":', ',\n      {"if":')

/** A field that takes anything is `true`. */
const withTrue = (schema: JsonSchema): JsonSchema =>
  withParts(schema, (inner, field) =>
    field !== undefined && Object.keys(inner).length === 0
      ? (true as unknown as JsonSchema)
      : withTrue(inner),
  )
