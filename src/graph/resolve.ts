/** Resolves every name of a project: group keys, sources with their connectors, reports; and checks reserved names. */
import { FILE_ENGINE } from '../engines/file_reader.ts'
import { isSingleSchema } from '../engines/own.ts'
import { type SqlFunctions, engineOf } from '../engines/index.ts'
import { quotedList, suggest, type Problem } from '../problems.ts'
import type { Broken } from '../project/broken.ts'
import type { Path } from '../project/path.ts'
import { knownFields, problemsOfEntry } from '../project/zod_problems.ts'
import type { Project } from '../project/load.ts'
import { isTimeZone } from '../project/local_time.ts'
import { decode } from '../project/scalars.ts'
import {
  OUTPUT_TYPES,
  SEVERAL,
  sourceFields,
  type SourceOptions,
  type SourceType,
} from '../project/schema.ts'
import { identifier, type Sql } from '../sql/sql.ts'
import {
  foldedName,
  PROFILE_COLUMNS,
  readerOf,
  USER_COLUMNS,
  type ColumnUse,
  type Connector,
  type ConnectorContext,
  type ReadTime,
  type SourceReader,
} from './connector.ts'
import { resolveGroupKeys } from './group_keys.ts'
import { distinct } from './called.ts'
import type { Catalog, GroupKey, Source } from './catalog.ts'
import type { FullCatalog, ReportType } from './report.ts'
import { currentName } from './old_names.ts'
import { withOutputs } from './outputs.ts'
import { resolveReports } from './reports.ts'
import { relationOf, type SourceRelation } from './source_relation.ts'

/** Properties are a list of names or a map by name. */
function placeInList(source: Source, property: string, project: Project): string | number {
  const written = project.sources[Number(source.path[1])]?.['properties']
  return Array.isArray(written) ? written.indexOf(property) : property
}

/**
 * @param connectors by name
 * @param reportTypes by name
 * @param problems is given everything that refers to something that does not exist; the rest is returned
 */
export function resolve(
  given: Project,
  connectors: Readonly<Record<string, Connector>>,
  reportTypes: Readonly<Record<string, ReportType>>,
  problems: Problem[],
): FullCatalog {
  const project = withOutputs(given, connectors, problems)
  problems.push(...timeZoneProblems(project))
  const groupKeys = resolveGroupKeys(project, problems)
  const resolved = project.sources.flatMap((options, i) => {
    const found: Problem[] = []
    const made = resolveSource(project, connectors, groupKeys, options, i, found)
    problems.push(...found)
    noteBroken(project.broken, options, made[0], found)
    return made
  })
  // One that is there twice is a problem already.
  const sources = distinct(resolved)
  problems.push(
    ...doubledNames(project, groupKeys),
    ...namesOfFolded(project),
    ...doubledProperties(project, sources),
    ...longNames(project, groupKeys, sources),
  )
  const catalog: Catalog = {
    project,
    groupKeys,
    sources,
    sourcesOf: (type: SourceType) => sources.filter((source) => source.type === type),
  }
  // As with sources.
  return { ...catalog, reports: distinct(resolveReports(catalog, reportTypes, problems)) }
}

/** What refers to the source is maybe right: to its properties, where they are not known, or are maybe those of another key. */
function noteBroken(
  broken: Broken,
  { name, type }: SourceOptions,
  source: Source | undefined,
  found: readonly Problem[],
): void {
  if (source !== undefined && found.length === 0) return
  broken.add('sources', name)
  if (source === undefined || type === 'group_table')
    broken.add('properties', type === SEVERAL ? undefined : type)
  if (source !== undefined && found.every(({ code }) => code === 'key_not_registered'))
    broken.add('source_keys', name)
}

function timeZoneProblems(project: Project): Problem[] {
  if (isTimeZone(project.timezone)) return []
  return [
    {
      code: 'unknown_timezone',
      message: `\`${project.timezone}\` is not a time zone.`,
      at: project.locate(['timezone']),
      fix:
        suggest(project.timezone, Intl.supportedValuesOf('timeZone'))?.replace(/^There is.*/s, '') ||
        'Use an IANA name such as Europe/Paris.',
    },
  ]
}

function resolveSource(
  project: Project,
  connectors: Readonly<Record<string, Connector>>,
  groupKeys: readonly GroupKey[],
  given: SourceOptions,
  i: number,
  problems: Problem[],
): readonly Source[] {
  const at: Path = ['sources', i]
  const connector = Object.hasOwn(connectors, given.connector) ? connectors[given.connector] : undefined
  if (!connector) {
    if (project.broken.any('plugins')) return []
    problems.push({
      code: 'unknown_connector',
      message: `There is no connector \`${given.connector}\`.`,
      at: project.locate([...at, 'connector']),
      fix: suggest(given.connector, Object.keys(connectors), 'The connectors are'),
    })
    return []
  }
  const { type } = given
  const reader = type === SEVERAL ? undefined : readerOf(connector, type)
  if (type === SEVERAL || !reader) {
    const types = ([...OUTPUT_TYPES, SEVERAL] as const).filter((known) => connector[known])
    problems.push({
      code: 'invalid_value',
      message: `The connector \`${connector.name}\` does not read sources of type \`${type}\`.`,
      at: project.locate([...at, 'type']),
      fix: `It reads ${quotedList(types)}.`,
    })
    return []
  }
  const schema = reader.options.safeExtend(sourceFields).strict()
  const keys = groupKeys.map((key) => key.name)
  const decoded = decode(schema, given)
  if (!decoded.success) {
    problems.push(...problemsOfEntry(decoded.error.issues, schema, project, at, `Source \`${given.name}\``))
    const known = knownFields(given, decoded.error.issues)
    const rest = known && decode(schema, known)
    if (rest?.success)
      problems.push(...unregistered(project, keys, given, reader.groupKeys?.(rest.data as never), at))
    return []
  }
  const options = decoded.data as never
  const carried = reader.groupKeys?.(options)
  problems.push(...unregistered(project, keys, given, carried, at))
  const relation = relationOf(project, reader, given, options, keys, at, problems)
  if (!relation) return []
  if (
    given.freshness &&
    given.loaded_at_field === undefined &&
    !reader.loadedAt?.(options, probe(keys), undefined)
  ) {
    problems.push({
      code: 'missing_field',
      message: `Source \`${given.name}\` has \`freshness\`, and no column says when a row came in.`,
      at: project.locateKey([...at, 'freshness']),
      fix: 'Add `loaded_at_field:` with the name of a column.',
    })
  }
  const entry = { project, groupKeys, given, type, reader, options, relation, at }
  const source = sourceOf(entry)
  return reader.folded === undefined ? [source] : [source, foldedTable({ ...entry, reader: reader.folded })]
}

/** A source whose entry has been read, and with which reader. */
interface Entry {
  readonly project: Project
  readonly groupKeys: readonly GroupKey[]
  readonly given: SourceOptions
  readonly type: SourceType
  readonly reader: Omit<SourceReader, 'options'>
  readonly options: never
  readonly relation: SourceRelation
  readonly at: Path
}

/** The Group Table of what operations make of groups: a relation that gwh builds, read as that of anybody else is. */
const foldedTable = (entry: Entry): Source =>
  sourceOf({
    ...entry,
    given: {
      ...entry.given,
      name: foldedName(entry.given.name),
      // How old rows are is asked of the operations.
      freshness: undefined,
      loaded_at_field: undefined,
    },
    type: 'group_table',
    relation: { kind: 'table', parts: [entry.project.target.schema, foldedName(entry.given.name)] },
  })

function sourceOf({ project, groupKeys, given, type, reader, options, relation, at }: Entry): Source {
  const keys = groupKeys.map((key) => key.name)
  const carried = reader.groupKeys?.(options)
  const json = relation.kind === 'files' && relation.format === 'ndjson'
  const context = (fn: SqlFunctions, from: Sql) => ({ fn, relation: from, groupKeys: keys, json })
  return {
    name: given.name,
    type,
    connector: given.connector,
    description: given.description ?? '',
    relation,
    path: at,
    excludeEvents: [...new Set([...project.exclude_events, ...(reader.excludeEvents ?? [])])],
    groupKey: type === 'group_table' || type === 'operations' ? carried?.[0]?.key : undefined,
    groupKeys: carried?.map(({ key }) => key) ?? keys,
    readsKeys:
      carried?.map(({ key, from = key }) => ({ key, from })) ?? keys.map((key) => ({ key, from: key })),
    properties: reader.properties?.(options, json) ?? [],
    keptProperties: reader.keptProperties?.(options),
    keepsSomeOf: reader.keepsSomeOf?.(options),
    hasHistory: reader.hasHistory?.(options) ?? false,
    hasCreation: reader.hasCreation?.(options) ?? true,
    columnsRead: [...reader.columnsRead(options, keys), ...loadedAtColumn(given)],
    countedBy: reader.countedBy(options),
    maxLoss: given.max_loss ?? project.max_loss,
    freshness: given.freshness,
    loadedAt: (fn, from) => loadedAt(reader, options, context(fn, from), given.loaded_at_field),
    time: (fn, from) => reader.time?.(options, context(fn, from)),
    hasProfileTimes: (reader.profileTimes?.(options, probe(keys)) ?? []).length > 0,
    profileTimes: (fn, from) => reader.profileTimes?.(options, context(fn, from)) ?? [],
    hasObjects: reader.objects?.(options, probe(keys)) !== undefined,
    objects: (fn, from) => reader.objects?.(options, context(fn, from)),
    hasUntyped: reader.untyped?.(options, { ...probe(keys), json }) !== undefined,
    untyped: (fn, from) => reader.untyped?.(options, context(fn, from)),
    hasRawValues: {
      typed: (reader.rawValues?.(options, probe(keys)).typed ?? []).length > 0,
      object: reader.rawValues?.(options, probe(keys)).object !== undefined,
    },
    rawValues: (fn, from) => reader.rawValues?.(options, context(fn, from)),
    operations: reader.operations?.(options),
    refused: (fn, from) => reader.refused?.(options, context(fn, from)),
    select: (fn, from) => reader.select(options, context(fn, from)),
  }
}

/** Group keys that a source is said to carry and that are none. */
function unregistered(
  project: Project,
  keys: readonly string[],
  given: SourceOptions,
  carried: readonly { readonly key: string; readonly path: Path }[] | undefined,
  at: Path,
): Problem[] {
  const unknown = (carried ?? []).filter(
    ({ key }) => !keys.includes(key) && !project.broken.has('group_keys', key),
  )
  return unknown.map(({ key, path }) => {
    const near = keys.find((k) => k.toLowerCase() === key.toLowerCase())
    return {
      code: 'key_not_registered',
      message: `Source \`${given.name}\`: the group key \`${key}\` is not registered.`,
      at: project.locate([...at, ...path]),
      fix:
        near === undefined
          ? (suggest(key, keys, 'The registered keys are') ?? 'Register it under `group_keys:`.')
          : `\`${near}\` is registered; names are compared byte for byte.`,
    }
  })
}

/** A column that only freshness looks at is there all the same, or it is a problem. */
const loadedAtColumn = ({ loaded_at_field: column }: SourceOptions): ColumnUse[] =>
  column === undefined ? [] : [{ column, path: ['loaded_at_field'] }]

/** What a reader needs to say whether it has a column. */
const probe = (groupKeys: readonly string[]): ConnectorContext => ({
  fn: FILE_ENGINE.functions(''),
  relation: identifier(''),
  groupKeys,
  json: false,
})

function loadedAt(
  reader: Omit<SourceReader, 'options'>,
  options: never,
  c: ConnectorContext,
  field: string | undefined,
): ReadTime | undefined {
  if (reader.loadedAt) return reader.loadedAt(options, c, field)
  if (field === undefined) return undefined
  const raw = identifier(field)
  return { raw, read: c.fn.instant(raw, 'timestamp', 'UTC') }
}

/** A model that was called otherwise is the same one under its old name. */
function doubledNames(project: Project, groupKeys: readonly GroupKey[]): Problem[] {
  return (['sources', 'models', 'reports'] as const).flatMap((section) => {
    const seen = new Map<string, string>()
    return project[section].flatMap(({ name }, i) => {
      const current = section === 'models' ? currentName(name, { project, groupKeys }) : name
      const before = seen.get(current)
      seen.set(current, name)
      if (before === undefined) return []
      const at = project.locate([section, i, 'name'])
      const as = before === name ? '' : `, as \`${before}\` too`
      const message = `The ${section.slice(0, -1)} \`${name}\` is there twice${as}.`
      const fix = section === 'models' ? 'Put both entries into one.' : 'Rename one of the two.'
      return [{ code: 'duplicate_name' as const, message, at, fix }]
    })
  })
}

/** What operations make of groups is read as a source of its own, which no other one may be called as. */
function namesOfFolded(project: Project): Problem[] {
  const folded = new Map(
    project.sources.flatMap(({ name, type }) => (type === 'operations' ? [[foldedName(name), name]] : [])),
  )
  return project.sources.flatMap(({ name }, i) => {
    const of = folded.get(name)
    if (of === undefined) return []
    return [
      {
        code: 'duplicate_name' as const,
        message: `The source \`${name}\` is called as what gwh makes of the operations of \`${of}\`.`,
        at: project.locate(['sources', i, 'name']),
        fix: 'Rename one of the two.',
      },
    ]
  })
}

/** An engine may cut longer names off without a word, and two could become one. */
function longNames(project: Project, groupKeys: readonly GroupKey[], sources: readonly Source[]): Problem[] {
  const { target } = project
  const { longestName, title } = engineOf(project)
  if (longestName === undefined) return []
  const isSingle = isSingleSchema(target)
  // beside what analysts read, in `_gwh_…` and `_gwh_stage_…`
  const [beside, staged] = isSingle ? [5, 11] : [0, 0]
  const names: [name: string, at: Path, room: number][] = [
    // in `…_stage`
    [target.schema, ['targets', target.name, 'schema'], longestName - (isSingle ? 0 : 6)],
    ...project.group_keys.map(
      ({ name }, i) => [name, ['group_keys', i, 'name'], longestName] as [string, Path, number],
    ),
    // in `…_profiles`
    ...groupKeys.flatMap(({ name, noun }) => {
      const i = project.group_keys.findIndex((key) => key.name === name)
      return Buffer.byteLength(name) > longestName
        ? []
        : [[noun, ['group_keys', i], longestName - 9 - staged] as [string, Path, number]]
    }),
    ...sources.flatMap((source) => [
      // in `seed_…__new`
      [source.name, [...source.path, 'name'], longestName - 10 - beside] as [string, Path, number],
      ...source.properties.map(
        ({ name }) =>
          [name, [...source.path, 'properties', placeInList(source, name, project)], longestName] as [
            string,
            Path,
            number,
          ],
      ),
    ]),
  ]
  return names
    .filter(([name, , room]) => Buffer.byteLength(name) > room)
    .map(([name, at, room]) => ({
      code: 'invalid_value',
      message: `\`${name}\` is too long for ${title}, which has room for ${room} bytes here.`,
      at: project.locate(at),
      fix: 'Give it a shorter name.',
    }))
}

/** A property has one source: it is a column of the profiles of a key, or of users. */
function doubledProperties(project: Project, sources: readonly Source[]): Problem[] {
  const owners = new Map<string, { readonly source: string; readonly as: string }>()
  const place = (source: Source, name: string) =>
    project.locate([...source.path, 'properties', placeInList(source, name, project)])
  const doubled = (source: Source, name: string, { id, of }: { id: string; of: string }): Problem[] => {
    const owner = owners.get(id)
    owners.set(id, { source: source.name, as: name })
    if (owner === undefined) return []
    const isOwn = owner.source === source.name
    const inCase = owner.as === name ? '' : ` differs only in case from \`${owner.as}\``
    return [
      {
        code: 'duplicate_name',
        message: isOwn
          ? `Source \`${source.name}\`: the property \`${name}\` of ${of}${inCase || ' is there twice'}.`
          : `The property \`${name}\` of ${of} comes from \`${owner.source}\` and \`${source.name}\`${inCase && `, and${inCase}`}.`,
        at: place(source, name),
        fix: isOwn
          ? 'They would be one column, for columns are told apart without regard to case: rename one of the two.'
          : 'Each property has one source; leave it out of one of them or rename it.',
      },
    ]
  }
  const keys = project.group_keys.map(({ name }) => name)
  return sources.flatMap((source) => {
    const { type, groupKey } = source
    if (type !== 'group_table' && type !== 'user_table') return []
    const [of, columns] =
      type === 'user_table'
        ? ['users', [...USER_COLUMNS, ...keys]]
        : [`\`${groupKey}\``, [...PROFILE_COLUMNS, groupKey ?? '']]
    return source.properties.flatMap(({ name }): Problem[] => {
      const folded = name.toLowerCase()
      if (columns.some((column) => column.toLowerCase() === folded)) {
        return [
          {
            code: 'reserved_name',
            message:
              type === 'user_table' && keys.includes(name)
                ? `Source \`${source.name}\`: \`${name}\` is a group key, whose ids are in \`user_groups\`.`
                : `Source \`${source.name}\`: profiles have a column \`${name}\` of their own.`,
            at: place(source, name),
            fix: `Give the property another name: \`properties: {${type === 'user_table' ? 'user' : 'account'}_${name}: ${name}}\`.`,
          },
        ]
      }
      return doubled(source, name, { id: `${type} ${groupKey ?? ''} ${folded}`, of })
    })
  })
}
