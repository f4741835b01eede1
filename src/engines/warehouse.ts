/** What gwh needs of a database. One file per warehouse; `test/warehouse_contract.ts` is what each must do. */
import { CLASS, KnownError } from '../problems.ts'
import type { Spelling, Statement } from '../sql/spelling.ts'
import type { RelationName } from '../sql/sql.ts'
import type { EngineName } from './targets.ts'

export interface OpenOptions {
  /** For looking only: takes no lock that keeps others out. */
  readonly readOnly?: boolean
  /** Ends the statement that runs, and refuses every further one but ROLLBACK; a COMMIT that was sent is waited for. */
  readonly signal?: AbortSignal | undefined
  /** Is told what there is to wait for. */
  readonly tell?: ((text: string) => void) | undefined
}

export interface Column {
  readonly name: string
  /** The warehouse's own name of the type. */
  readonly type: string
}

export interface QueryOptions {
  /**
   * For people and files: instants as texts with all their digits (`2024-01-31 12:00:00.123456`), and numbers that
   * JavaScript cannot hold as the texts of theirs, in JSON too.
   */
  readonly exact?: boolean
}

export interface RelationInfo {
  readonly name: string
  readonly kind: 'table' | 'view'
}

/** A comment of the database. */
export interface RelationComment {
  readonly relation: string
  /** null: it is on the relation itself. */
  readonly column: string | null
  readonly text: string
}

/** What publishing did to what others have made, in a sentence. */
export interface PublishNote {
  /** Name of the model, where it is about one. */
  readonly relation?: string
  readonly text: string
}

/** Of a table, in a warehouse that has indexes. */
export interface IndexSettings {
  readonly columns: readonly string[]
  readonly unique?: boolean | undefined
  /** The method of PostgreSQL: btree, hash, gin, … */
  readonly type?: string | undefined
}

/** What a project wants of a published relation, in a warehouse that has such things. */
export interface RelationSettings {
  /** Roles by privilege: `{select: ['bi']}`. */
  readonly grants?: Readonly<Record<string, readonly string[]>> | undefined
  readonly indexes?: readonly IndexSettings[] | undefined
  /** Columns of the primary key. */
  readonly key?: readonly string[] | undefined
}

/** A relation that is built and tested and waits to be published. */
export interface StagedRelation {
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly staged: RelationName
  readonly published: RelationName
  /** For a view: its query over published relations. */
  readonly definition: string
  /** Nothing about columns, descriptions or definition has changed since it was last published. */
  readonly unchanged: boolean
  /** Columns that tell its rows apart; empty where that is not known. */
  readonly grain: readonly string[]
  readonly settings: RelationSettings
  readonly renamed?: Renamed | undefined
}

/** What a relation was called before. A table that was published so is this one, with what hangs on it. */
export interface Renamed {
  /** Its old place; undefined where it has that still. */
  readonly from?: RelationName | undefined
  /** Columns that are there under their old names too. */
  readonly columns: readonly (readonly [old: string, now: string])[]
}

/** What is in the places of relations that are about to be published, by full name: each schema is asked once. */
export async function kindsIn(
  warehouse: Pick<Warehouse, 'relations'>,
  staged: readonly StagedRelation[],
): Promise<ReadonlyMap<string, RelationInfo['kind']>> {
  const schemas = new Set(staged.map(({ published: [schema = ''] }) => schema))
  const kinds = new Map<string, RelationInfo['kind']>()
  for (const schema of schemas)
    for (const { name, kind } of await warehouse.relations(schema)) kinds.set(`${schema}.${name}`, kind)
  return kinds
}

/**
 * Rows have counts as numbers (bigint only where a number cannot hold it), instants as Date, calendar dates
 * as 'YYYY-MM-DD', lists as arrays, JSON as the value: the same on every warehouse.
 */
export interface Warehouse extends AsyncDisposable {
  readonly type: EngineName
  /** How names and values of pieces of SQL are written that it is given. */
  readonly spelling: Spelling
  /** Where it is, for people; without secrets. */
  readonly place: string
  /** Its name and version. */
  version(): Promise<string>
  execute(statement: Statement): Promise<void>
  query<Row extends object>(select: Statement, options?: QueryOptions): Promise<Row[]>
  /** The columns of a relation, in order; undefined when there is none of that name. */
  columns(relation: RelationName): Promise<readonly Column[] | undefined>
  /** The columns of a query or table function, without running it. */
  columnsOf(select: Statement): Promise<readonly Column[]>
  /** Tables and views of a schema, by name; empty when there is no such schema. */
  relations(schema: string): Promise<readonly RelationInfo[]>
  /** The comments on tables and views of a schema, and on their columns. */
  comments(schema: string): Promise<readonly RelationComment[]>
  schemaExists(schema: string): Promise<boolean>
  createSchema(schema: string): Promise<void>
  /** Where a relation of a schema is built before it is published. */
  staged(schema: string, name: string): RelationName
  /** Removes what is left of builds that did not end. */
  sweep(schema: string): Promise<void>
  /**
   * Everything inside commits together; any error rolls back and is thrown.
   * @throws CommitUnknown where COMMIT was sent and not answered
   */
  transaction<T>(work: () => Promise<T>): Promise<T>
  /**
   * Puts staged relations in the place of published ones, and the record of it with them, in one switch: whoever reads
   * sees all of it or nothing. Engines with transactions do it in one; others turn a pointer that all relations read.
   * Comments of a relation that stood in its place, or that was called otherwise, are on it afterwards.
   * @param record writes down what is published; is told what was carried over, and what of others was told of it. When
   * it throws, nothing is published
   * @throws ProblemError `dependents_in_the_way` with the names of what would be lost, `publish_failed`
   * @throws CommitUnknown where the switch was asked for and not answered
   */
  publish(
    relations: readonly StagedRelation[],
    record: (notes: readonly PublishNote[]) => Promise<void>,
  ): Promise<void>
  /**
   * After publishing, outside of the transaction: statistics and the like. Waits for nobody.
   * @returns relations that were left out, since other sessions hold them
   */
  settle(relations: readonly RelationName[]): Promise<readonly string[]>
  /** The names of all roles that may be granted something; undefined where there is no such thing. */
  roles(): Promise<readonly string[] | undefined>
  /** Excludes other builds of the same schema until the warehouse is closed. */
  lock(schema: string): Promise<void>
  /**
   * Gives a table of gwh's own that an older version has made the types that it would have now, with what others have made
   * on it; undefined where no version has made it otherwise.
   * @returns what there is to tell of it
   */
  readonly renew?: ((table: RelationName) => Promise<readonly string[]>) | undefined
  /** Makes bare names mean relations of a schema. */
  use(schema: string): Promise<void>
  /** Ends the statement that runs; the session goes on. */
  interrupt(): Promise<void>
  /** COMMIT was sent, and is not answered yet. */
  readonly isCommitting: boolean
}

/** Names of a result's columns, told apart where a query gives one twice: `sum`, `sum:1`. */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = seen.get(name) ?? 0
    seen.set(name, times + 1)
    return times === 0 ? name : `${name}:${times}`
  })
}

/** `2024-01-31 12:00:00`, with three or six digits more where there are some. */
export function exactInstant(text: string): string {
  const [, seconds, fraction = '', rest] = /^([^.]*)\.(\d{1,6})(.*)$/s.exec(text) ?? []
  if (seconds === undefined) return text
  const digits = fraction.padEnd(6, '0').replace(/^(...)000$/, '$1')
  return digits === '000' ? `${seconds}${rest}` : `${seconds}.${digits}${rest}`
}

/** A number where JavaScript holds all its digits, else their text. */
export function exactNumber(digits: string): number | string {
  const value = Number(digits)
  const isHeld = /^[-+]?\d+$/.test(digits)
    ? Number.isSafeInteger(value)
    : Number.isFinite(value) && digits.replace(/^[-+]?[0.]*/, '').replaceAll(/\D/g, '').length <= 15
  return isHeld ? value : digits
}

/** The value of a JSON text, with numbers that JavaScript cannot hold as the texts of theirs. */
export const exactJson = (text: string): unknown =>
  JSON.parse(
    text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (part) =>
      part.startsWith('"') || typeof exactNumber(part) === 'number' ? part : JSON.stringify(part),
    ),
  ) as unknown

/** Why a database does not do what it could do: for reasons that lie outside of the statement. */
export type Refusal =
  /** The role, or the session, may not do this. */
  | 'not_allowed'
  /** Another session holds what the statement needs. */
  | 'locked'
  /** The server, or somebody on it, ended the statement. */
  | 'cancelled'
  | 'out_of_space'
  | 'out_of_memory'

/** What a database said about a statement. The session goes on. */
export class WarehouseError extends KnownError {
  static override readonly [CLASS]: string = 'WarehouseError'

  /** Line of the statement, from 1, where the database names it. */
  readonly line: number | undefined
  /** The way out. */
  readonly fix: string | undefined
  readonly code: string | undefined
  /** The relation that there is not, where that is what is wrong. */
  readonly missing: string | undefined
  readonly refusal: Refusal | undefined
  /** It is what code of others in the database says: a trigger, or a function that it calls. */
  readonly isRaised: boolean

  constructor(
    message: string,
    details: {
      isRaised?: boolean | undefined
      line?: number | undefined
      fix?: string | undefined
      code?: string | undefined
      missing?: string | undefined
      refusal?: Refusal | undefined
      cause?: unknown
    },
  ) {
    super(message, { cause: details.cause })
    this.name = 'WarehouseError'
    this.line = details.line
    this.fix = details.fix
    this.code = details.code
    this.missing = details.missing
    this.refusal = details.refusal
    this.isRaised = details.isRaised ?? false
  }
}

/** No further statement will be answered: the connection is gone, or the database has shut itself. */
export class SessionLost extends KnownError {
  static override readonly [CLASS]: string = 'SessionLost'

  /** Where it ended over what the database refused. */
  readonly refusal: Refusal | undefined
  /** The way out. */
  readonly fix: string | undefined
  /** The transaction has ended at the server, one way or the other. */
  readonly hasEnded: boolean

  constructor(
    reason: string,
    details: {
      cause?: unknown
      refusal?: Refusal | undefined
      fix?: string | undefined
      hasEnded?: boolean
    } = {},
  ) {
    super(reason, { cause: details.cause })
    this.name = 'SessionLost'
    this.hasEnded = details.hasEnded ?? false
    this.refusal = details.refusal
    this.fix = details.fix
  }
}

/** The user has stopped the run; no statement is sent any more. */
export class Interrupted extends KnownError {
  static override readonly [CLASS]: string = 'Interrupted'

  constructor() {
    super('The run was stopped.')
    this.name = 'Interrupted'
  }
}

/** COMMIT was sent and its answer never came: it may have happened, or not. */
export class CommitUnknown extends SessionLost {
  static override readonly [CLASS]: string = 'CommitUnknown'

  constructor({ message, refusal, fix, hasEnded, cause }: SessionLost) {
    super(message, { cause, refusal, fix, hasEnded })
    this.name = 'CommitUnknown'
  }
}
