/**
 * The JSON Schema of project.yml, from the same zod schemas that decode it. Draft 07, which editors complete
 * from best. What it cannot say (cross-references, either this field or that) only gwh itself checks.
 */
import * as z from 'zod'
import { optionsSchemaOf } from '../checks/index.ts'
import { readerOf, type Connector, type SeveralOutputs, type SourceReader } from '../graph/connector.ts'
import { severalSchema } from '../graph/outputs.ts'
import type { ReportType } from '../graph/report.ts'
import { schemaOf } from '../graph/reports.ts'
import type { Problem } from '../problems.ts'
import { reportFields } from '../project/report_schema.ts'
import { targetsOf, type Plugin } from '../project/plugins.ts'
import { OUTPUT_TYPES, projectSchemaWith, SEVERAL, sourceFields, type SourceType } from '../project/schema.ts'
import { declaredTestFields } from '../project/test_schema.ts'
import { registryOf, type Registry } from '../registry.ts'

export type Constant = string | number | boolean | null

export interface JsonSchema {
  $schema?: string
  $ref?: string
  title?: string
  description?: string
  type?: string | string[]
  const?: Constant
  enum?: unknown[]
  default?: unknown
  examples?: unknown[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  maxProperties?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  propertyNames?: JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  if?: JsonSchema
  then?: JsonSchema
  else?: JsonSchema
  definitions?: Record<string, JsonSchema>
}

/** What the YAML files of a project may name. */
export interface Known extends Pick<Registry, 'connectors' | 'reports' | 'checks'> {
  /** The fields of targets, of engines that plugins bring. */
  readonly targets: readonly z.ZodObject[]
}

/**
 * What gwh brings, and what these plugins do.
 * @param problems is given what a plugin brings under a name that is taken
 */
export const knownWith = (plugins: readonly Plugin[], problems: Problem[] = []): Known => ({
  ...registryOf({ plugins }, problems),
  targets: targetsOf(plugins),
})

export interface SourceChoice {
  readonly connector: Connector
  readonly type: SourceType | typeof SEVERAL
  /** The fields of every source, and those of the connector. */
  readonly schema: JsonSchema
  /** The connector's own fields. */
  readonly own: JsonSchema
}

export interface ReportChoice {
  readonly type: ReportType
  /** The fields of every report, and those of its type. */
  readonly schema: JsonSchema
  /** The type's own fields. */
  readonly own: JsonSchema
}

/**
 * Every text may also hold a reference to an environment variable. All is spelled out where it stands;
 * schema_files.ts makes of it what editors read.
 */
export function projectJsonSchema(known: Known): JsonSchema {
  const { $schema, ...project } = strictProjectSchema(known)
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: 'gwh project',
    description: 'The configuration of a gwh project: group keys, sources, targets and relations.',
    ...withVariables(project),
    definitions: {
      variable: VARIABLE,
      test_of_relation: withVariables(declaredTestChoices('onModel', known)),
      test_of_column: withVariables(declaredTestChoices('onColumn', known)),
    },
  }
}

/** The schema of a project whose variables are resolved. */
export function strictProjectSchema(known: Known): JsonSchema {
  const project = jsonSchema(projectSchemaWith(known.targets))
  const sources = project.properties?.['sources']
  if (sources) sources.items = { anyOf: sourceChoices(known).map(({ schema }) => schema) }
  const reports = project.properties?.['reports']
  if (reports) reports.items = { anyOf: reportChoices(known).map(({ schema }) => schema) }
  const settings = project.properties?.['data_tests']
  if (settings) {
    settings.properties = Object.fromEntries(
      known.checks.map((check) => [
        check.name,
        { ...partSchema(optionsSchemaOf(check)), description: check.description },
      ]),
    )
    settings.additionalProperties = false
  }
  const model = project.properties?.['models']?.items
  const column = model?.properties?.['columns']?.items
  for (const field of ['data_tests', 'tests']) {
    const onModel = model?.properties?.[field]
    if (onModel) onModel.items = { $ref: '#/definitions/test_of_relation' }
    const onColumn = column?.properties?.[field]
    if (onColumn) onColumn.items = { $ref: '#/definitions/test_of_column' }
  }
  return project
}

/** A data test as its name where it needs no arguments, and as a map from its name to its fields. */
function declaredTestChoices(on: 'onModel' | 'onColumn', { checks }: Known): JsonSchema {
  const { properties: shared = {} } = partSchema(z.object(declaredTestFields))
  const config: JsonSchema = {
    type: 'object',
    description: 'How the test is judged, as dbt writes it.',
    properties: shared,
    additionalProperties: false,
  }
  return {
    anyOf: checks.flatMap(({ name, description, generic }): JsonSchema[] => {
      if (generic?.[on] === undefined) return []
      const { required, ...own } = partSchema(generic.arguments)
      const nested = {
        ...own,
        additionalProperties: false,
        description: 'The arguments, as dbt writes them.',
      }
      const fields: JsonSchema = {
        type: 'object',
        description,
        properties: {
          ...own.properties,
          ...shared,
          config,
          ...(Object.keys(own.properties ?? {}).length > 0 && { arguments: nested }),
        },
        additionalProperties: false,
      }
      return [
        ...(required === undefined ? [{ const: name }] : []),
        ...[name, `dbt_utils.${name}`].map((written) => ({
          type: 'object',
          properties: { [written]: fields },
          required: [written],
          additionalProperties: false,
        })),
      ]
    }),
  }
}

/** One choice for each layout and type of source; editors tell them apart by the two constants. */
export function sourceChoices({ connectors }: Pick<Known, 'connectors'>): SourceChoice[] {
  return Object.values(connectors).flatMap((connector) => [
    ...OUTPUT_TYPES.flatMap((type) => {
      const reader = readerOf(connector, type)
      return reader ? [sourceChoice(connector, type, reader)] : []
    }),
    ...(connector.several === undefined ? [] : [severalChoice(connector, connector.several)]),
  ])
}

/** `connector:` of a source, as this connector alone. */
function namedConnector({ name }: Connector): z.ZodType {
  const named = z.literal(name).describe(sourceFields.connector.description ?? '')
  return sourceFields.connector.parse(undefined) === name ? named.default(name) : named
}

function severalChoice(connector: Connector, several: SeveralOutputs): SourceChoice {
  const type = z.literal(SEVERAL).describe(sourceFields.type.description ?? '')
  const schema = severalSchema(several)
    .safeExtend({ type, connector: namedConnector(connector) })
    .strict()
  return {
    connector,
    type: SEVERAL,
    own: jsonSchema(several.options),
    schema: {
      title: `${SEVERAL} of ${connector.name}`,
      description: connector.description,
      ...partSchema(schema),
    },
  }
}

function sourceChoice(connector: Connector, type: SourceType, reader: SourceReader): SourceChoice {
  const fields = {
    ...sourceFields,
    type: z.literal(type).describe(sourceFields.type.description ?? ''),
    connector: namedConnector(connector),
  }
  const all = partSchema(z.object(fields).safeExtend(reader.options.shape).strict())
  return {
    connector,
    type,
    own: jsonSchema(reader.options),
    schema: { title: `${type} of ${connector.name}`, description: connector.description, ...all },
  }
}

/** One choice for each type of report; editors tell them apart by `type`. */
export const reportChoices = ({ reports }: Pick<Known, 'reports'>): ReportChoice[] =>
  Object.values(reports).map((type) => {
    const fields = {
      type: z.literal(type.type).describe(reportFields.type.description ?? ''),
      by: BY[type.by],
    }
    const all = partSchema(schemaOf(type).safeExtend(fields))
    return {
      type,
      own: jsonSchema(type.options),
      schema: { title: `report of type ${type.type}`, description: type.description, ...all },
    }
  })

/** What `by` may be, where the type of report says more than all reports have in common. */
const BY: Readonly<Record<ReportType['by'], z.ZodType>> = {
  required: reportFields.by.unwrap().describe(reportFields.by.description ?? ''),
  company: reportFields.by.describe(
    'The group key whose groups are looked into; default: the one with `b2b: true`.',
  ),
  metrics: reportFields.by.describe(
    'What is counted: `user`, or a group key; each metric may say its own instead.',
  ),
}

/** As the YAML is written: fields with a default may be left out. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    // What has no form of its own says its type itself.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The largest safe integer is no limit of ours.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  }) as JsonSchema
}

/** The same as a part of another schema. */
export function partSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...part } = jsonSchema(schema)
  return part
}

const VARIABLE: JsonSchema = {
  description: 'An environment variable: ${NAME}, or ${NAME:-default}.',
  type: 'string',
  pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`,
}

/** Texts of a given form may be variables instead. Constants stay: they say which choice the rest follows. */
export function withVariables(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties, items, anyOf, oneOf, ...rest } = schema
  const restricted = rest.type === 'string' && (rest.enum !== undefined || rest.pattern !== undefined)
  if (restricted) {
    const { description, default: value, ...form } = rest
    return {
      ...(description === undefined ? {} : { description }),
      ...(value === undefined ? {} : { default: value }),
      anyOf: [form, { $ref: '#/definitions/variable' }],
    }
  }
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, withVariables(property)]),
      ),
    }),
    ...(items && { items: withVariables(items) }),
    ...(anyOf && { anyOf: anyOf.map(withVariables) }),
    ...(oneOf && { oneOf: oneOf.map(withVariables) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? withVariables(additionalProperties) : additionalProperties,
    }),
  }
}
