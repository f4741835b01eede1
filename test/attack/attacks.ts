/** What is done to builds: the rows of the table of attacks. */
import type { Engine } from './targets.ts'

export const SECTIONS = [
  'kill',
  'stop',
  'lost connection',
  'lost commit',
  'refusals',
  'roles',
  'full disk',
] as const
export type Section = (typeof SECTIONS)[number]

/** What happens at one statement of a build. */
export const KINDS = {
  SIGKILL: 'killed before the statement on DuckDB, while it is on its way on PostgreSQL',
  'SIGKILL at work': 'killed while the statement runs, sooner or later',
  SIGINT: 'stopped with Ctrl-C',
  SIGTERM: 'stopped as servers of CI do',
  'lost before': 'the statement never arrives, and the connection is gone',
  'lost after': 'the statement is done, its answer never arrives, and the connection is gone',
  swallowed: 'the same, on a connection that lives on in silence',
  'gone after': 'the statement is done, and nobody answers any more',
  'session ended': 'an administrator ends the session',
  held: 'from the statement on another session holds a table, and lets it be read only',
  'out of memory': 'from the statement on there is next to no memory',
  'rights revoked': 'from the statement on the role has no rights in its schemas',
  'disk full': 'from the statement on the disk of the database is full',
  'disk of the server full': 'the same, and the log of the server (WAL) has no room either',
} as const
export type Kind = keyof typeof KINDS

/** Where the database of an attack is, and who builds. */
export type Place = 'anywhere' | 'narrow role' | 'small disk' | 'small server'

export interface Attack {
  readonly section: Section
  readonly kind: Kind
  readonly on: readonly Engine[]
  readonly place: Place
  /** At every statement, or at the COMMIT of publishing alone. */
  readonly at: 'every statement' | 'the commit'
  /** Times that it is tried at the commit, on engines where the moment differs. */
  readonly times?: number
}

const BOTH = ['duckdb', 'postgres'] as const
const ON_DUCKDB = ['duckdb'] as const
const ON_POSTGRES = ['postgres'] as const

const everywhere = (
  section: Section,
  kind: Kind,
  on: readonly Engine[],
  place: Place = 'anywhere',
): Attack => ({ section, kind, on, place, at: 'every statement' })
const atCommit = (kind: Kind, on: readonly Engine[], times = 1): Attack => ({
  section: 'lost commit',
  kind,
  on,
  place: 'anywhere',
  at: 'the commit',
  times,
})

export const ATTACKS: readonly Attack[] = [
  everywhere('kill', 'SIGKILL', BOTH),
  everywhere('kill', 'SIGKILL at work', ON_DUCKDB),
  everywhere('stop', 'SIGINT', BOTH),
  everywhere('stop', 'SIGTERM', BOTH),
  everywhere('lost connection', 'lost before', ON_POSTGRES),
  everywhere('lost connection', 'lost after', ON_POSTGRES),
  everywhere('lost connection', 'session ended', ON_POSTGRES),
  atCommit('SIGKILL at work', ON_DUCKDB, 20),
  atCommit('SIGKILL', ON_POSTGRES, 5),
  atCommit('SIGINT', BOTH, 3),
  atCommit('SIGTERM', BOTH, 3),
  atCommit('lost before', ON_POSTGRES),
  atCommit('lost after', ON_POSTGRES),
  atCommit('swallowed', ON_POSTGRES),
  atCommit('gone after', ON_POSTGRES),
  atCommit('session ended', ON_POSTGRES),
  everywhere('refusals', 'held', ON_POSTGRES),
  everywhere('refusals', 'out of memory', ON_DUCKDB),
  everywhere('roles', 'rights revoked', ON_POSTGRES, 'narrow role'),
  everywhere('full disk', 'disk full', BOTH, 'small disk'),
  everywhere('full disk', 'disk of the server full', ON_POSTGRES, 'small server'),
]
