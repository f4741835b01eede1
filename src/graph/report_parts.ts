/** What a report looks for among the events: steps, metrics, starts. One that is never there counts nothing. */
import type { Path } from '../project/path.ts'
import type { Entity } from './entity.ts'
import type { Filter, Range } from '../project/report_schema.ts'
import type { Sql } from '../sql/sql.ts'
import type { ModelContext } from './model.ts'

/** Something asked of an event, with the SQL that the report itself asks it by. */
export interface Ask {
  /** Where it is written. */
  readonly path: Path
  /** Undefined where it is no filter on a property: then `said` says what it is. */
  readonly filter?: Filter | undefined
  /** What an event has: `a user`. */
  readonly said?: string | undefined
  /** Why it is asked where no filter is written: `which is held constant`. */
  readonly because?: string | undefined
  /** Written with the part itself and not for the whole report. */
  readonly own: boolean
  readonly holds: (c: ModelContext) => Sql
  /** A `select` of `value`: what the events of the part have instead. */
  readonly values?: ((c: ModelContext) => Sql) | undefined
}

/** A relation of the report, and a condition on its rows: where one meets it, the part was found. */
export interface Seen {
  readonly model: string
  readonly when: Sql
}

export interface Part {
  /** `step 2`, `metric 'a'`; empty where the report looks for one thing only. */
  readonly name: string
  readonly path: Path
  readonly by: Entity
  /** Undefined for any event. */
  readonly event: string | undefined
  readonly asks: readonly Ask[]
  /** What the range is called, and what it asks of the columns `day` and `occurred_at`. */
  readonly range: Range
  readonly from: (c: ModelContext) => readonly Sql[]
  readonly to: (c: ModelContext) => readonly Sql[]
  /** The events that it looks among, one row per event and user or group, without what is asked of them. */
  readonly rows: (columns: readonly Sql[], where: readonly Sql[], c: ModelContext) => Sql
  /** It looks only among those that other parts have found; that these find something is theirs to say. */
  readonly among?: ((c: ModelContext) => Sql) | undefined
  /** What is asked of the events that hold all of this, and what is so when none does it. */
  readonly last?: { readonly holds: (c: ModelContext) => Sql; readonly reason: string } | undefined
  /** How many of one user or group are asked for, within rows that share something. */
  readonly enough?:
    | {
        readonly times: number
        readonly within: (c: ModelContext) => readonly Sql[]
        readonly reason: string
      }
    | undefined
  /** What is so when nothing of this fails, and still the report shows nothing; undefined where that may well be. */
  readonly otherwise?: string | undefined
  /** It stands for all parts of its kind: where it finds nothing, none of them does. */
  readonly whole?: boolean | undefined
  /** What shows in the report that it was found: any of these. */
  readonly seen: readonly Seen[]
}
