/** What an engine is: a folder behind one object, which loads its driver when a database is opened and not before. */
import type { Project } from '../project/load.ts'
import { reserve } from '../sql/keywords.ts'
import type { Spelling } from '../sql/spelling.ts'
import type { RelationName, Sql } from '../sql/sql.ts'
import type { FilesToRead, SqlFunctions } from './functions.ts'
import type { Schemas } from './own.ts'
import type { TargetOptions } from './targets.ts'
import type { Column, OpenOptions, Warehouse } from './warehouse.ts'

export type TargetOf<Name extends TargetOptions['type']> = Extract<TargetOptions, { type: Name }>

/** What is known of an engine before a database is opened: enough to write SQL for it. */
export interface SqlEngine {
  /** What people call it. */
  readonly title: string
  /** How many bytes of a name the engine keeps; undefined where it keeps them all. */
  readonly longestName: number | undefined
  /** How it writes names and values; `STANDARD` for most. */
  readonly spelling: Spelling
  /** Words that it reserves and DuckDB and PostgreSQL do not: they are quoted where they are names. */
  readonly reserved?: readonly string[] | undefined
  /**
   * It computes a common table expression once where that says `as materialized`; otherwise it has no such words and
   * writes each one out wherever it is read, and the compiler makes tables of those.
   */
  readonly computesOnce: boolean
  /** @param schema where the functions of `definitions` are */
  functions(schema: string): SqlFunctions
  /** A table function over files; undefined where files must be loaded with `gwh seed` first. */
  readonly readFiles: ((files: FilesToRead) => Sql) | undefined
}

export interface Engine<Target extends TargetOptions = TargetOptions> extends SqlEngine {
  readonly name: Target['type']
  /** The database of a target, for people and without secrets. */
  describe(target: Target): string
  /** The file that is the database, as the target names it; undefined where there is none. */
  file(target: Target): string | undefined
  /** A table is best settled as soon as it is made: later queries on it are planned by what it holds. */
  readonly settlesAtOnce: boolean
  /** Reading events twice, to leave most of them out the second time, costs less than following all of them. */
  readonly narrowsScans: boolean
  /**
   * Statements that make the few functions which generated SQL calls: reading ids, lists and times from
   * values of any type would otherwise fill pages of every query.
   */
  definitions(schema: string): readonly Sql[]
  /** Loads files, for an engine that does not read them. */
  readonly fileLoader: (() => Promise<FileLoader>) | undefined
  /** @throws ProblemError `driver_missing`, `connection_failed`, `warehouse_locked`, `not_built` */
  open(project: Project, target: Target, options: OpenOptions): Promise<Warehouse>
}

/** Puts rows into tables that another engine reads from files. */
export interface FileLoader {
  /** A value of the reader's type as the text that stands for it in the CSV file that `load` takes. */
  asText(value: Sql, type: string, schemas: Schemas): Sql
  /**
   * Fills a table with the rows of a CSV file without a header; to be called inside of a transaction.
   * @param columns with the reader's types
   * @param told how much of the file is loaded, from 0 to 1
   * @returns the number of rows
   */
  load(
    warehouse: Warehouse,
    target: RelationName,
    columns: readonly Column[],
    file: string,
    told: (share: number) => void,
  ): Promise<number>
  /** Makes a view, or puts it in the place of one with other columns. */
  view(warehouse: Warehouse, name: RelationName, select: Sql): Promise<void>
}

/** An engine that can be asked about any target; it is only ever asked about its own. */
export function engine<Name extends TargetOptions['type']>(definition: Engine<TargetOf<Name>>): Engine {
  reserve(definition.reserved ?? [])
  return definition
}
