/** The project with every name resolved: what group keys and sources there are. */
import type { SqlFunctions } from '../engines/index.ts'
import type { Path } from '../project/path.ts'
import type { Project } from '../project/load.ts'
import type { FreshnessOptions, GroupKeyOptions, SourceType } from '../project/schema.ts'
import type { Sql } from '../sql/sql.ts'
import type {
  ColumnUse,
  JsonMembers,
  OperationsDoc,
  ProfileTime,
  PropertyDoc,
  RawValues,
  ReadTime,
} from './connector.ts'
import type { SourceRelation } from './source_relation.ts'

export interface GroupKey extends GroupKeyOptions {
  readonly noun: string
  readonly label: string
}

export interface Source {
  readonly name: string
  readonly type: SourceType
  readonly connector: string
  readonly description: string
  readonly relation: SourceRelation
  /** Path of its entry in the project. */
  readonly path: Path
  readonly excludeEvents: readonly string[]
  /** The group key of a Group Table. */
  readonly groupKey: string | undefined
  /** Keys that its rows carry. */
  readonly groupKeys: readonly string[]
  /** The same keys with the column or property that is read for each. */
  readonly readsKeys: readonly { readonly key: string; readonly from: string }[]
  readonly properties: readonly PropertyDoc[]
  /** Names of the properties that its events or users keep; undefined where they keep whatever there is. */
  readonly keptProperties: readonly string[] | undefined
  /** The JSON column of which its events keep some members only, and which; undefined where there is none. */
  readonly keepsSomeOf: JsonMembers | undefined
  /** Its profile rows say when they came into force. */
  readonly hasHistory: boolean
  /** Its profile rows may say when what they are of came to be. */
  readonly hasCreation: boolean
  readonly columnsRead: readonly ColumnUse[]
  /** What of its fields, beside its relation, decides which rows there are to count, as plain data. */
  readonly countedBy: unknown
  /** The share of its rows that it may lose from one publishing to the next; 1 for all of them. */
  readonly maxLoss: number
  /** How old its latest row may be; undefined where nobody has said. */
  readonly freshness: FreshnessOptions | undefined
  /** When a row came in; undefined where no column says. */
  loadedAt(fn: SqlFunctions, relation: Sql): ReadTime | undefined
  time(fn: SqlFunctions, relation: Sql): ReadTime | undefined
  /** It is a Group Table or user table whose rows have times. */
  readonly hasProfileTimes: boolean
  /** Those times; none of other sources. */
  profileTimes(fn: SqlFunctions, relation: Sql): readonly ProfileTime[]
  /** It is a Group Table whose rows have a JSON object with all properties, declared or not. */
  readonly hasObjects: boolean
  /** `group_id` and that object as `properties`, one row per row of the source; undefined where there is none. */
  objects(fn: SqlFunctions, relation: Sql): Sql | undefined
  /** It is a Group Table with properties whose values each keep the type that they have in JSON. */
  readonly hasUntyped: boolean
  /** `group_id` and an object of these properties as `properties`, one row per row; undefined where there are none. */
  untyped(fn: SqlFunctions, relation: Sql): Sql | undefined
  /** Whether it has values that are read as a type, and a value that should be an object. */
  readonly hasRawValues: { readonly typed: boolean; readonly object: boolean }
  /** Its values before they are read; undefined where the connector does not say. */
  rawValues(fn: SqlFunctions, relation: Sql): RawValues | undefined
  /** What is known of its operations; undefined of other sources. */
  readonly operations: OperationsDoc | undefined
  /** Rows whose operation cannot be applied; undefined of other sources. */
  refused(fn: SqlFunctions, relation: Sql): Sql | undefined
  select(fn: SqlFunctions, relation: Sql): Sql
}

export interface Catalog {
  readonly project: Project
  readonly groupKeys: readonly GroupKey[]
  readonly sources: readonly Source[]
  sourcesOf(type: SourceType): readonly Source[]
}
