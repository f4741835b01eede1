/** The reports of a project with every name resolved, and what in them contradicts itself or a rule. */
import type { z } from 'zod'
import { quotedList, nearest, suggest, type Problem } from '../problems.ts'
import type { Path } from '../project/path.ts'
import { userEntity, type Entity } from './entity.ts'
import { knownFields, problemsOfEntry } from '../project/zod_problems.ts'
import type { Project } from '../project/load.ts'
import { instantsOf, isDay, isTimeZone } from '../project/local_time.ts'
import {
  reportFields,
  type Filter,
  type Property,
  type Range,
  type ReportOptions,
} from '../project/report_schema.ts'
import { decode } from '../project/scalars.ts'
import type { Catalog } from './catalog.ts'
import { PROFILE_COLUMNS } from './connector.ts'
import { called } from './called.ts'
import { excludedEvents } from './excluded_events.ts'
import type { Invalid, Report, ReportType } from './report.ts'

/**
 * @param catalog with group keys and sources resolved; its own `reports` are not read
 * @param types by name
 */
export function resolveReports(
  catalog: Catalog,
  types: Readonly<Record<string, ReportType>>,
  problems: Problem[],
): Report[] {
  return catalog.project.reports.flatMap((given, i) => {
    const report = resolveReport(catalog, types, given, i, problems)
    if (report === undefined) catalog.project.broken.add('reports', given.name)
    return report ? [report] : []
  })
}

/** Those of all reports of a type are the same. */
const schemas = new WeakMap<ReportType, z.ZodObject>()

/** All fields of a type of report; where it has one of its own name, as `where` with more filters, its own. */
export function schemaOf(type: ReportType): z.ZodObject {
  const schema = schemas.get(type) ?? schemaWith(type)
  schemas.set(type, schema)
  return schema
}

function schemaWith({ options }: ReportType): z.ZodObject {
  const common = Object.entries(reportFields).filter(([field]) => !Object.hasOwn(options.shape, field))
  return options.safeExtend(Object.fromEntries(common)).strict()
}

function resolveReport(
  catalog: Catalog,
  types: Readonly<Record<string, ReportType>>,
  given: ReportOptions,
  i: number,
  problems: Problem[],
): Report | undefined {
  const { project } = catalog
  const at: Path = ['reports', i]
  if (given.type === undefined) {
    problems.push({
      code: 'missing_field',
      message: `Report \`${given.name}\`: \`type\` is missing.`,
      at: project.locate(at),
      fix: `Add \`type:\`. The types are ${quotedList(Object.keys(types))}.`,
    })
    return undefined
  }
  const type = Object.hasOwn(types, given.type) ? types[given.type] : undefined
  if (!type) {
    if (project.broken.any('plugins')) {
      project.broken.add('reports', given.name)
      return undefined
    }
    problems.push({
      code: 'invalid_value',
      message: `There is no type of report \`${given.type}\`.`,
      at: project.locate([...at, 'type']),
      fix: suggest(given.type, Object.keys(types), 'The types are'),
    })
    return undefined
  }
  const schema = schemaOf(type)
  const decoded = decode(schema, given)
  if (!decoded.success) {
    problems.push(...problemsOfEntry(decoded.error.issues, schema, project, at, `Report \`${given.name}\``))
    problems.push(...inReport(given, problemsBeside(decoded.error.issues, schema, type, given, at, catalog)))
    return undefined
  }
  const found: Problem[] = []
  const by = entityOf(catalog, type, given, at, found)
  const report: Report<never> = {
    name: given.name,
    type: type.type,
    description: given.description ?? '',
    by,
    range: given.range,
    where: (decoded.data['where'] as Filter[]).filter((filter) => 'property' in filter),
    materialized: given.config.materialized,
    options: decoded.data as never,
    path: at,
    models: (resolved) => type.models(report, resolved),
    parts: (resolved) => type.parts(report, resolved),
  }
  found.push(
    ...rangeProblems(catalog, given.range, at),
    ...propertyProblems(catalog, decoded.data, by, at),
    ...excludedEvents(catalog, decoded.data, at),
  )
  if (found.length === 0) {
    if ((by === undefined && type.by !== 'metrics') || refersToBroken(decoded.data, project)) return undefined
    found.push(
      ...(type.validate?.(report, catalog) ?? []).map(({ path, ...problem }) => ({
        ...problem,
        at: project.locate([...at, ...path]),
      })),
    )
  }
  problems.push(...inReport(given, found))
  return found.length === 0 ? report : undefined
}

const inReport = ({ name }: ReportOptions, problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, message: `Report \`${name}\`: ${problem.message}` }))

/** What is wrong in a report beside fields that it does not know: nothing that such a field may have been meant for. */
function problemsBeside(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodObject,
  type: ReportType,
  given: ReportOptions,
  at: Path,
  catalog: Catalog,
): Problem[] {
  const found: Problem[] = []
  const by = given.by === undefined ? undefined : entityOf(catalog, type, given, at, found)
  const known = knownFields(given, issues)
  const decoded = known && decode(schema, known)
  if (!decoded?.success) return found
  return [
    ...found,
    ...rangeProblems(catalog, given.range, at),
    ...propertyProblems(catalog, decoded.data, by, at),
    ...excludedEvents(catalog, decoded.data, at),
  ]
}

/** Whether the options name a group key or a report that has problems of its own. */
function refersToBroken(value: unknown, project: Project): boolean {
  if (Array.isArray(value)) return value.some((item) => refersToBroken(item, project))
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(([field, inner]) => {
    if (typeof inner !== 'string') return refersToBroken(inner, project)
    if (field === 'by' || field === 'of') return project.broken.has('group_keys', inner)
    return field === 'users_who_did' && project.broken.has('reports', inner)
  })
}

function entityOf(
  catalog: Catalog,
  type: ReportType,
  given: ReportOptions,
  at: Path,
  problems: Problem[],
): Entity | undefined {
  const { project, groupKeys } = catalog
  const keys = groupKeys.map((key) => key.name)
  const fix =
    keys.length === 0 ? 'Register group keys under `group_keys:`.' : `The group keys are ${quotedList(keys)}.`
  if (given.by === undefined) {
    if (type.by === 'metrics') return undefined
    const company = groupKeys.find((key) => key.b2b)
    if (type.by === 'company' && company) return { kind: 'group', key: company }
    if (type.by === 'company' && project.broken.any('group_keys')) return undefined
    problems.push({
      code: 'missing_field',
      message:
        type.by === 'company'
          ? '`by` is missing, and no group key is marked `b2b: true`.'
          : '`by` is missing: say what is counted.',
      at: project.locate(at),
      fix: type.by === 'company' ? fix : `Add \`by: user\` or a group key. ${fix}`,
    })
    return undefined
  }
  const entity = namedEntity(catalog, given.by)
  if (entity === undefined && project.broken.has('group_keys', given.by)) return undefined
  if (entity === undefined || (type.by === 'company' && entity.kind === 'user')) {
    const names = type.by === 'company' ? keys : ['user', ...keys]
    problems.push({
      code: entity ? 'invalid_value' : 'key_not_registered',
      message: entity
        ? `\`${type.type}\` counts the users of groups, so \`by\` is a group key.`
        : `\`by: ${given.by}\` is neither \`user\` nor a registered group key.`,
      at: project.locate([...at, 'by']),
      fix: suggest(given.by, names, 'It may be'),
    })
    return undefined
  }
  return entity
}

/** `user`, or a registered group key; byte for byte. */
export function namedEntity(catalog: Catalog, name: string): Entity | undefined {
  if (name === 'user') return userEntity
  const key = called(catalog.groupKeys, name)
  return key && { kind: 'group', key }
}

function rangeProblems({ project }: Catalog, { from, to }: Range, at: Path): Problem[] {
  if (from === undefined || to === undefined) return []
  if (isDay(from) && isDay(to)) {
    if (from <= to) return []
  } else {
    // a problem of its own
    if (!isTimeZone(project.timezone)) return []
    const { first, last } = instantsOf({ from, to }, project.timezone)
    if (first <= last) return []
  }
  return [
    {
      code: 'invalid_value',
      message: `the range ends (${to}) before it begins (${from}).`,
      at: project.locate([...at, 'range', 'to']),
      fix: `\`from\` and \`to\` are both included; days are those of ${project.timezone}.`,
    },
  ]
}

/** Every place of the options that names a property, with what is counted there. */
function propertyProblems(catalog: Catalog, value: unknown, by: Entity | undefined, at: Path): Problem[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, i) => propertyProblems(catalog, item, by, [...at, i]))
  if (value === null || typeof value !== 'object') return []
  const fields = value as Record<string, unknown>
  const entity = typeof fields['by'] === 'string' ? namedEntity(catalog, fields['by']) : by
  const own =
    typeof fields['property'] === 'string' && typeof fields['of'] === 'string'
      ? problemsOfProperty(catalog, value as Property, entity, at)
      : []
  return [
    ...own,
    ...Object.entries(fields).flatMap(([name, inner]) =>
      propertyProblems(catalog, inner, entity, [...at, name]),
    ),
  ]
}

function problemsOfProperty(
  catalog: Catalog,
  { property, of, through, properties }: Property,
  by: Entity | undefined,
  at: Path,
): Problem[] {
  const { project } = catalog
  const keys = catalog.groupKeys.map((key) => key.name)
  if (of !== 'event' && of !== 'user' && !keys.includes(of)) {
    if (project.broken.has('group_keys', of)) return []
    return [
      {
        code: 'key_not_registered',
        message: `\`of: ${of}\` is neither \`event\`, \`user\` nor a registered group key.`,
        at: project.locate([...at, 'of']),
        fix: suggest(of, ['event', 'user', ...keys], 'It may be'),
      },
    ]
  }
  if (by?.kind === 'group' && (of === 'user' || through === 'user')) {
    return [
      {
        code: 'one_way_rule',
        message: `\`${property}\` is read through users, but the report counts groups of \`${by.key.name}\`. Group properties may be used when counting users, never the other way (one-way rule).`,
        at: project.locate([...at, of === 'user' ? 'of' : 'through']),
        fix: `A group has many users, so no one value of theirs is the group's. Count \`by: user\`, or use a property of the event or of \`${by.key.name}\`.`,
      },
    ]
  }
  const problems: Problem[] = []
  if (of === 'event' || of === 'user') {
    if (through === 'user' || properties === 'as_of') {
      problems.push({
        code: 'contradiction',
        message: `\`${through === 'user' ? 'through' : 'properties'}\` is about properties of groups, and \`${property}\` is one of ${of === 'event' ? 'the event' : 'the user'}.`,
        at: project.locate([...at, through === 'user' ? 'through' : 'properties']),
        fix: 'Remove it, or say `of:` with a group key.',
      })
    }
  } else if (through === 'user' && properties === 'as_of') {
    problems.push({
      code: 'contradiction',
      message: 'the groups on a profile of a user have no time, so `as_of` does not go with `through: user`.',
      at: project.locate([...at, 'properties']),
      fix: 'Use `properties: latest`.',
    })
  }
  const unknown = unknownProperty(catalog, property, of, [...at, 'property'])
  if (unknown.length > 0) {
    problems.push(...unknown.map(({ path, ...problem }) => ({ ...problem, at: project.locate(path) })))
  } else if (properties === 'as_of' && problems.length === 0 && !hasHistory(catalog, of, property)) {
    problems.push({
      code: 'contradiction',
      message: `\`${property}\` has no history: no Group Table of \`${of}\` with \`updated_at\` brings it.`,
      at: project.locate([...at, 'properties']),
      fix: 'Name the column of `updated_at` in the Group Table, or use `properties: latest`.',
    })
  }
  return problems
}

/** @param path of the property's name */
export function unknownProperty(
  catalog: Catalog,
  property: string,
  of: string,
  path: Path,
): readonly Invalid[] {
  const known = knownProperties(catalog, of)
  if (known === undefined || known.includes(property)) return []
  const [whose, type] =
    of === 'event'
      ? ['no source of events keeps a', 'events']
      : of === 'user'
        ? ['users have no', 'user_table']
        : [`groups of \`${of}\` have no`, 'group_table']
  if (catalog.project.broken.hidesProperties(type)) return []
  const others = `${known.length === 0 ? 'Properties' : `There is: ${quotedList(known)}. More`} are named under \`properties:\` of a source of type ${type}.`
  return [
    {
      code: 'unknown_property',
      path,
      message: `${whose} property \`${property}\`.`,
      fix: nearest(property, known) === undefined ? others : suggest(property, known),
    },
  ]
}

/** Undefined where a source keeps whatever there is. */
function knownProperties(catalog: Catalog, of: string): readonly string[] | undefined {
  if (of !== 'event' && of !== 'user') {
    const tables = catalog.sourcesOf('group_table').filter((table) => table.groupKey === of)
    return [of, ...PROFILE_COLUMNS, ...tables.flatMap((table) => table.properties.map((p) => p.name))]
  }
  const lists = catalog
    .sourcesOf(of === 'event' ? 'events' : 'user_table')
    .map((source) => source.keptProperties)
  const known = lists.flatMap((list) => list ?? [])
  return lists.some((list) => list === undefined) ? undefined : [...new Set(known)]
}

function hasHistory(catalog: Catalog, of: string, property: string): boolean {
  if (catalog.project.broken.hidesProperties('group_table')) return true
  return catalog
    .sourcesOf('group_table')
    .some((t) => t.groupKey === of && t.hasHistory && t.properties.some((p) => p.name === property))
}
