/** What a connector is to the rest of gwh: for each type of source, its options, what it reads, and its select. */
import type { z } from 'zod'
import type { LineType, PropertyType, SqlFunctions } from '../engines/index.ts'
import type { Path } from '../project/path.ts'
import type { SourceType } from '../project/schema.ts'
import type { Sql } from '../sql/sql.ts'

export interface Connector {
  readonly name: string
  readonly description: string
  /** Columns that give its layouts away. */
  readonly detect: readonly Detection[]
  readonly events?: SourceReader | undefined
  readonly group_table?: SourceReader | undefined
  readonly operations?: SourceReader | undefined
  readonly user_table?: SourceReader | undefined
  readonly links?: SourceReader | undefined
  readonly discards?: SourceReader | undefined
  /** Sources of type `several`: what is made of their relations. */
  readonly several?: SeveralOutputs | undefined
}

/** One output of a source of several: an entry of `sources`, as project.yml would say it. */
export interface OutputEntry {
  /** Its name is that of the source, and this: `app_people`. */
  readonly name: string
  readonly type: SourceType
  /** The relation that it reads. */
  readonly relation: string
  /** The fields of its type. Those that the source has, too, are located there. */
  readonly options: Readonly<Record<string, unknown>>
  /** The field of the source that the others come from, as `['properties', 'company_id']`. */
  readonly from?: Path | undefined
}

export interface SeveralOutputs<Options = never> {
  /** Fields of the source, besides those that every source has. */
  readonly options: z.ZodObject
  /** The relations that a source may have, by name, with what each holds. */
  readonly relations: Readonly<Record<string, string>>
  /**
   * What is made of the relations that a source has.
   * @param groupKeys names of all registered ones
   * @returns outputs of other relations as well; they are left out
   */
  outputs(options: Options, groupKeys: readonly string[]): readonly OutputEntry[]
}

/** A layout by its columns. */
export interface Detection {
  readonly type: SourceType
  /** The options of a source of this layout, as project.yml would say them, beside those that only people know. */
  readonly options: Readonly<Record<string, unknown>>
  /** Columns that rows of this layout have, byte for byte, and rows of others hardly ever have together. */
  readonly columns: readonly string[]
}

/** Columns that `events` readers make, in this order, followed by one list of ids for each group key. */
export const EVENT_COLUMNS = [
  'event_name',
  'occurred_at',
  'ingested_at',
  'user_id',
  'device_id',
  'insert_id',
  'properties',
] as const

/** Columns that `group_table` readers make, followed by the declared properties. */
export const GROUP_TABLE_COLUMNS = ['group_id', 'display_name', 'created_at', 'updated_at'] as const

/** Columns that `operations` readers make, in this order. */
export const OPERATION_COLUMNS = [
  'group_id',
  'operation',
  'object',
  'updated_at',
  'ingested_at',
  'insert_id',
] as const

/** What can be done with a profile; the names that sources give it may begin with `$`. */
export const OPERATIONS = ['set', 'set_once', 'union', 'remove', 'unset', 'delete', 'add'] as const

export type Operation = (typeof OPERATIONS)[number]

/** Columns that `discards` readers make, in this order. */
export const DISCARD_COLUMNS = [
  'table_name',
  'column_name',
  'discarded_value',
  'reason',
  'received_at',
] as const

/** Instants among the columns of a profile relation. */
export const PROFILE_TIMES: readonly string[] = ['created_at', 'updated_at', 'first_seen_at', 'last_seen_at']

/** Columns of `user_profiles` that properties must not take the name of, with those of a `user_table`. */
export const USER_COLUMNS = [
  'user_id',
  'display_name',
  'has_profile',
  'created_at',
  'updated_at',
  'first_seen_at',
  'last_seen_at',
  'events',
  'source_rows',
  'properties',
] as const

/** Columns of a profile relation that properties must not take the name of. */
export const PROFILE_COLUMNS = [
  'display_name',
  'has_profile',
  'created_at',
  'updated_at',
  'first_seen_at',
  'last_seen_at',
  'events',
  'users',
] as const

export interface ConnectorContext {
  readonly fn: SqlFunctions
  /** The relation or table function to select from. */
  readonly relation: Sql
  /** Names of all registered group keys, in order. */
  readonly groupKeys: readonly string[]
  /** The rows are lines of JSON, whose values have no column type. */
  readonly json: boolean
}

/** A column of the upstream table that must exist, byte for byte, and where the configuration names it. */
export interface ColumnUse {
  readonly column: string
  /** Path inside of the source's configuration. */
  readonly path: Path
}

/** What a column is read as: a property by its type, or as it is written where it has none. */
export type Reading = 'id' | 'name' | 'time' | 'as_written' | PropertyType

export interface JsonMembers {
  readonly column: string
  readonly members: readonly string[]
}

export interface PropertyDoc {
  readonly name: string
  readonly type: PropertyType | 'source'
  readonly description: string
  /** Text because it comes from JSON, where each value has a type of its own, and nobody gave it one. */
  readonly isOfJson?: boolean
}

/** Values that should be times, as they are written, and the UTC timestamps that are read from them or null. */
export interface ReadTime {
  readonly raw: Sql
  readonly read: Sql
}

/** A time of a profile, with the column or property that it is read from. */
export interface ProfileTime extends ReadTime {
  readonly from: string
}

/** A value of a source that is read as something, by the name that the source gives it. */
export interface RawValue {
  readonly name: string
  readonly raw: Sql
}

/** The rows of a source as they come, for tests of what cannot be read. */
export interface RawValues {
  readonly from: Sql
  /** Values that are read as a type, and what is read of them: null where they are none of it. */
  readonly typed: readonly (RawValue & { readonly type: string; readonly read: Sql })[]
  /** Values that are ids of groups or users, and whether they had digits that are gone. */
  readonly ids: readonly (RawValue & { readonly isRounded: Sql })[]
  /** The value that should be a JSON object; undefined where properties are columns. */
  readonly object: (RawValue & { readonly read: Sql }) | undefined
}

export interface OperationsDoc {
  /** The operations that are applied, of those that rows may have. */
  readonly applied: readonly Operation[]
  /** Rows have ids by which those that were sent again are known. */
  readonly hasInsertIds: boolean
}

/** The relation with what the operations of a source make of groups, and the Group Table that it is read as. */
export const foldedName = (source: string): string => `${source}_folded`

/** Columns of that relation. */
export const FOLDED_COLUMNS = ['group_id', 'updated_at', 'properties'] as const

/** Reads one type of source. Options are what the connector's own schema made of the YAML. */
export interface SourceReader<Options = never> {
  /** Fields besides those that every source has. */
  readonly options: z.ZodObject
  /** The members of NDJSON lines that are read, and as what: left to guess, a reader would change ids and dates. */
  readonly fileColumns: (options: Options, groupKeys: readonly string[]) => Readonly<Record<string, LineType>>
  /** What the columns of flat files are read as. */
  readonly readings: (
    options: Options,
    groupKeys: readonly string[],
  ) => readonly (readonly [column: string, as: Reading])[]
  /** Event names that the upstream system writes for its own purposes. */
  readonly excludeEvents?: readonly string[] | undefined
  columnsRead(options: Options, groupKeys: readonly string[]): readonly ColumnUse[]
  /**
   * What of the options decides which rows there are to count, as plain data: options that differ in what is only
   * kept of the rows, or in how they are written, give the same.
   */
  countedBy(options: Options): unknown
  /**
   * The group keys that the source carries, with the place that names each and, for its rows, what they call it;
   * undefined where it does not say, and may carry each that is registered.
   */
  groupKeys?(options: Options):
    | readonly {
        readonly key: string
        readonly path: Path
        readonly from?: string | undefined
      }[]
    | undefined
  /** Names of the properties that it keeps; undefined where it keeps whatever there is. `events` and `user_table` only. */
  keptProperties?(options: Options): readonly string[] | undefined
  /** The JSON column of which it keeps some members only, and which; undefined where there is none. `events` only. */
  keepsSomeOf?(options: Options): JsonMembers | undefined
  /** Whether rows of a profile carry the time when they came into force; `group_table` only. */
  hasHistory?(options: Options): boolean
  /** Whether rows of a profile may say when it came to be; where it is not said, they may. Profiles only. */
  hasCreation?(options: Options): boolean
  /** The properties of a profile, as columns. */
  properties?(options: Options, json: boolean): readonly PropertyDoc[]
  /**
   * `group_id` and the JSON object with all properties as `properties`, one row per row; undefined where rows
   * have no such object. `group_table` only.
   */
  objects?(options: Options, c: ConnectorContext): Sql | undefined
  /** The time of an event, as it is written and as it is read; `events` only. */
  time?(options: Options, c: ConnectorContext): ReadTime
  /**
   * `group_id` and a JSON object of the properties whose values are read from JSON and have no declared type;
   * undefined where there are none. `group_table` only.
   */
  untyped?(options: Options, c: ConnectorContext): Sql | undefined
  /** The times of a profile, none twice; `group_table` and `user_table` only. */
  profileTimes?(options: Options, c: ConnectorContext): readonly ProfileTime[]
  /** Its values before they are read; not of `discards`. */
  rawValues?(options: Options, c: ConnectorContext): RawValues
  /** When a row came in: read from `field` where the project names one. Undefined where the rows do not say. */
  loadedAt?(options: Options, c: ConnectorContext, field: string | undefined): ReadTime | undefined
  /** What is known of its operations; `operations` only. */
  operations?(options: Options): OperationsDoc
  /**
   * `reason`, `operation` and `value` of rows that cannot be applied, one row per row of the source; `operations`
   * only. A row may have several reasons.
   */
  refused?(options: Options, c: ConnectorContext): Sql
  /** Reads what its operations make of groups, as a Group Table, by the same options; `operations` only. */
  readonly folded?: Omit<SourceReader<Options>, 'options'> | undefined
  /**
   * Exactly the canonical columns. A `user_table` makes user_id, display_name, created_at, updated_at and
   * properties, followed by one list of ids for each group key and the declared properties as columns.
   */
  select(options: Options, c: ConnectorContext): Sql
}

export const readerOf = (connector: Connector, type: SourceType): SourceReader | undefined => connector[type]
