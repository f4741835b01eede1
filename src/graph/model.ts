/** What a relation that gwh builds is: a name, a grain, described columns and one `select`. */
import type { ColumnType, PropertyType, SqlFunctions } from '../engines/index.ts'
import type { Location } from '../problems.ts'
import type { Path } from '../project/path.ts'
import type { Sql } from '../sql/sql.ts'
import type { Catalog } from './catalog.ts'
import type { RelationSettingsOptions, SettingName } from '../project/relation_settings.ts'

export type Materialization = 'view' | 'table' | 'ephemeral'

export interface ColumnDoc {
  /** `source`: the type that the column has where it is read from. */
  readonly type: ColumnType | 'source'
  readonly description: string
  /** The column of the same relation that it is the old name of. */
  readonly oldNameOf?: string | undefined
}

/** The type of the column that a property gets: a whole number may be of any size. */
export const columnTypeOf = (type: PropertyType | 'source'): ColumnDoc['type'] =>
  type === 'integer' ? 'bigint' : type

/** A model as its file defines it. What it reads is what its `select` asks the context for, and is said nowhere else. */
export interface ModelDefinition<Column extends string = string> {
  /** Name of the relation. */
  readonly name: string
  /** Its name in version 0.1, under which there is a view of it. */
  readonly formerly?: string | undefined
  /** One or two sentences: what a row is and what is counted. */
  readonly description: string
  /** "One row per …": documented, and checked to be unique before publishing. Empty for users' own models. */
  readonly grain: readonly Column[]
  /** Columns in order; empty for users' own models, whose columns only the warehouse knows. */
  readonly columns: Readonly<Record<Column, ColumnDoc>>
  readonly materialized: Materialization
  /** Where the user wrote it; undefined for the models that gwh brings. */
  readonly file?: string | undefined
  /** The place of the user's file, or of the report that it belongs to. */
  readonly at?: Location | undefined
  /** The report that it belongs to. */
  readonly report?: string | undefined
  /** Ids of the rules that its numbers follow, in docs/semantics.md: `FUN-4`. */
  readonly rules?: readonly string[] | undefined
  /** Where there are several ways to count: the one that was chosen. */
  readonly way?: Way | undefined
  /** The plugin that brings it, as project.yml names it. */
  readonly plugin?: string | undefined
  readonly dataTests?: readonly DeclaredTest[] | undefined
  /** Grants, indexes and the key that the project wants of its relation. */
  readonly settings?: ModelSettings | undefined
  select(c: ModelContext): Sql
}

export interface ModelSettings extends RelationSettingsOptions {
  /** Where a setting stands. */
  readonly at: (setting: SettingName) => Location
}

/** How something is counted, of several ways that give the same rows. */
export interface Way {
  readonly algorithm: string
  /** The rest of a sentence: `no event can be two of the steps`. */
  readonly because: string
}

/** A model in the graph. */
export interface Model extends ModelDefinition {
  /** Names of the models whose relations it reads. */
  readonly dependsOn: readonly string[]
  /** Names of the sources that it reads. */
  readonly sources: readonly string[]
  /** Its SQL, made once; undefined where it depends on what is found in sources, and for users' own. */
  readonly body?: ModelBody | undefined
}

export interface ModelBody {
  /** With its relations left open. */
  readonly select: Sql
  /** Whose functions it calls. */
  readonly fn: SqlFunctions
}

export interface ModelContext {
  readonly fn: SqlFunctions
  readonly catalog: Catalog
  /** The relation of a model. */
  readonly ref: (model: string) => Sql
  /** A source as its connector reads it: canonical columns, one row per row of the source. */
  readonly read: (source: string) => Sql
  /** A source as it is in the warehouse or in its files; columns of CSV are text. */
  readonly raw: (source: string) => Sql
  /** A source as users' own SQL reads it: columns of CSV have types. */
  readonly given: (source: string) => Sql
  /** The same with columns that nobody asked for, as far as the warehouse has them. */
  readonly whole: (source: string) => Sql
  /** Of lines of JSON, each line in `whole`; undefined for other sources, and where files are loaded. */
  readonly line: (source: string) => Sql | undefined
}

/** A data test that the project declares, before its check has read it. */
export interface DeclaredTest {
  /** Name of the check. */
  readonly type: string
  /** Undefined for a test of the relation. */
  readonly column: string | undefined
  /** Its arguments and its own configuration, as they are written. */
  readonly given: Readonly<Record<string, unknown>>
  readonly at: Location
  /** Path of `given` in the project. */
  readonly path: Path
}
