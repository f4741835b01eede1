/** What PostgreSQL, or the connection to it, says of a statement, and the way out where it refuses for reasons of its own. */
import type { DatabaseError } from 'pg'
import { SessionLost, WarehouseError, type Refusal } from '../warehouse.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS: Readonly<Record<string, { refusal: Refusal; fix?: string }>> = {
  '42501': { refusal: 'not_allowed' },
  '25006': {
    refusal: 'not_allowed',
    fix: 'A read-only session comes from `default_transaction_read_only` of the role, the database or the URL, or from a standby: build as a role that may write, on the primary server.',
  },
  '55P03': {
    refusal: 'locked',
    fix: 'A transaction of another session holds a lock on it; build again when it has ended. `pg_blocking_pids` and `pg_stat_activity` show whose it is.',
  },
  '40P01': { refusal: 'locked', fix: 'Another session waited for gwh and gwh for it; build again.' },
  '57014': {
    refusal: 'cancelled',
    fix: 'Somebody ended the query (`pg_cancel_backend`); build again.',
  },
  '53100': { refusal: 'out_of_space', fix: "Make room on the server's disk, and build again." },
  '53400': {
    refusal: 'out_of_space',
    fix: 'The role may not use so much: raise its `temp_file_limit`, or its `work_mem` so that less is written.',
  },
  '53200': {
    refusal: 'out_of_memory',
    fix: 'Lower `work_mem` of the role, or give the server more memory.',
  },
}

/** Where the code alone does not tell what to do. */
const FIXES: readonly [said: RegExp, fix: string][] = [
  [
    /statement timeout/,
    'The `statement_timeout` of the role, the database or the URL is shorter than the statement takes: `alter role … set statement_timeout = 0`, or add `options=-c statement_timeout=0` to the URL.',
  ],
  [
    /^permission denied for (language|type|function)/,
    'Grant the role what is named: `grant usage on language …`, `grant usage on type …` or `grant execute on function …`.',
  ],
  [
    /^must be owner of/,
    'Another role has made it. Build as that role, or hand over what it made: `reassign owned by THAT_ROLE to THIS_ROLE`.',
  ],
]

/** Settings over which a server ends a session, by what it says then. */
const TIMEOUTS: readonly [said: RegExp, setting: string, what: string][] = [
  [/idle-in-transaction timeout/, 'idle_in_transaction_session_timeout', 'gwh works between two statements'],
  [/idle-session timeout/, 'idle_session_timeout', 'gwh works between two statements'],
  [/transaction timeout/, 'transaction_timeout', 'publishing, which is one transaction'],
]

/** @param error over which the session has ended */
export function sessionLost(error: Error, cause: unknown = error): SessionLost {
  const [, setting, what] = TIMEOUTS.find(([said]) => said.test(error.message)) ?? []
  const fix =
    setting === undefined
      ? undefined
      : `The \`${setting}\` of the role, the database or the URL is shorter than ${what}: \`alter role … set ${setting} = 0\`, or add \`options=-c ${setting}=0\` to the URL.`
  return new SessionLost(error.message, { cause, fix })
}

/** @param statement that was sent */
export function asPostgresError(error: unknown, statement: string): WarehouseError | SessionLost {
  if (isOver(error)) return sessionLost(error)
  const { message, position, detail, hint, code } = error as Partial<DatabaseError> & { message: string }
  const line =
    position === undefined ? undefined : statement.slice(0, Number(position) - 1).split('\n').length
  const known = code === undefined ? undefined : REFUSALS[code]
  return new WarehouseError(detail === undefined ? message : `${message} (${detail})`, {
    line,
    fix: FIXES.find(([said]) => said.test(message))?.[1] ?? hint ?? known?.fix,
    code,
    missing: code === '42P01' ? /"(?:[^"]*\.)?([^".]+)"/.exec(message)?.[1] : undefined,
    refusal: known?.refusal,
    // what a routine raises, and what is wrong in one
    isRaised: /^(P0|38|39)/.test(code ?? ''),
    cause: error,
  })
}

/** The server has ended the session, or the connection or the driver has. */
function isOver(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { severity, syscall } = error as { severity?: string; syscall?: string }
  if (severity !== undefined) return severity === 'FATAL' || severity === 'PANIC'
  return (
    syscall !== undefined || /not queryable|connection (was )?(terminated|closed|error)/i.test(error.message)
  )
}
