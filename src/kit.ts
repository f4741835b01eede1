/**
 * What plugins are made with: `import { connector } from 'gwh/kit'`. A module that project.yml names under `plugins:`
 * exports what these functions return. Not stable yet: it may change with every version until a third engine has
 * been written with it.
 */
import * as z from 'zod'
import { check as defineCheck, type Check } from './checks/definition.ts'
import type { Engine } from './engines/index.ts'
import type { Connector } from './graph/connector.ts'
import type { ModelDefinition } from './graph/model.ts'
import { reportType, type ReportType } from './graph/report.ts'
import { connector as defineConnector, type ConnectorDefinition } from './mapping/connector.ts'
import type { PluginKind, PluginPart } from './project/plugins.ts'
import { reserve } from './sql/keywords.ts'

function part<Value>(gwh: PluginKind, name: string, value: Value): PluginPart<Value> {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new TypeError(`the name of a ${gwh} has lower-case letters, digits and _: ${JSON.stringify(name)}`)
  return { gwh, name, value }
}

/** An engine as a plugin brings it: with a name of its own, and the fields of its targets. */
export type EngineDefinition<Target extends z.ZodObject> = Omit<
  Engine,
  'name' | 'describe' | 'file' | 'open'
> & {
  /** `type:` of its targets. */
  readonly name: string
  /** What project.yml may say of a target, `schema` among it, beside `type`. */
  readonly target: Target
  /** The database of a target, for people and without secrets. */
  describe(target: z.output<Target>): string
  /** The file that is the database, as the target names it; undefined where there is none. */
  file(target: z.output<Target>): string | undefined
  /** @throws ProblemError where there is no connection */
  open(
    project: Parameters<Engine['open']>[0],
    target: z.output<Target>,
    options: Parameters<Engine['open']>[2],
  ): ReturnType<Engine['open']>
}

/** An engine: where relations are built. */
export function engine<Target extends z.ZodObject>(definition: EngineDefinition<Target>): PluginPart<Engine> {
  const { name, target } = definition
  reserve(definition.reserved ?? [])
  return {
    ...part('engine', name, definition as unknown as Engine),
    target: z.strictObject({ type: z.literal(name), ...target.shape }),
  }
}

/** A connector: an upstream layout as data. */
export const connector = <
  Events extends z.ZodObject,
  Groups extends z.ZodObject,
  Operations extends z.ZodObject,
  Users extends z.ZodObject,
  Links extends z.ZodObject,
  Discards extends z.ZodObject,
  All extends z.ZodObject,
>(
  definition: ConnectorDefinition<Events, Groups, Operations, Users, Links, Discards, All>,
): PluginPart<Connector> => part('connector', definition.name, defineConnector(definition))

/** A model: a relation that every project with this plugin builds. */
export const model = <Column extends string>(
  definition: Omit<ModelDefinition<Column>, 'file' | 'at' | 'report' | 'plugin'>,
): PluginPart<ModelDefinition> => part('model', definition.name, definition)

/** A type of report. */
export const report = <Options extends z.ZodObject>(
  definition: Omit<ReportType<z.output<Options>>, 'options'> & { readonly options: Options },
): PluginPart<ReportType> => part('report', definition.type, reportType(definition))

/** A check: a kind of data test. */
export const check = <Options extends z.ZodObject>(
  definition: Omit<Check<z.output<Options>>, 'options'> & { readonly options?: Options },
): PluginPart<Check> => part('check', definition.name, defineCheck(definition))

export { z }
export { genericTest } from './checks/generic_test.ts'
export { withinRange } from '../models/reports/periods.ts'
export { ENGINES as engines } from './engines/index.ts'
export { groupKeysOption, propertiesOption, timeOptions } from './mapping/options.ts'
export { chosen, column, constant, firstOf, instant, member, textColumn } from './mapping/values.ts'
export { ProblemError } from './problems.ts'
export { STANDARD as standardSpelling, statementText } from './sql/spelling.ts'
export { identifier, join, literal, sql } from './sql/sql.ts'

export type { Row } from './checks/check.ts'
export type { Check } from './checks/definition.ts'
export type { Engine, SqlFunctions, Warehouse } from './engines/index.ts'
export type { Catalog } from './graph/catalog.ts'
export type { Connector, ConnectorContext } from './graph/connector.ts'
export type { ModelContext, ModelDefinition } from './graph/model.ts'
export type { Report, ReportType } from './graph/report.ts'
export type { EventMapping } from './mapping/events.ts'
export type { LinkMapping } from './mapping/links.ts'
export type { OperationMapping } from './mapping/operations.ts'
export type { GroupMapping, UserMapping } from './mapping/profiles.ts'
export type { Value } from './mapping/values.ts'
export type { PluginPart } from './project/plugins.ts'
export type { Spelling, Statement } from './sql/spelling.ts'
export type { Sql } from './sql/sql.ts'
