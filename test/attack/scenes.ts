/** What happens at a statement on PostgreSQL from outside, and how it is over again. */
import pg from 'pg'
import type { Kind } from './attacks.ts'
import type { Child } from './builds.ts'
import { fill, makeRoom } from './small_disk.ts'
import { SCHEMAS, type Target } from './targets.ts'

export interface Scene {
  /** Before the statement reaches the server. */
  before(child: Child): Promise<void>
  /** What a user does about it. */
  over(): Promise<void>
}

export async function sceneOf(target: Target, kind: Kind): Promise<Scene> {
  let admin: pg.Client | undefined
  const nothing = () => Promise.resolve()
  const ask = async (statement: string) => void (await admin?.query(statement))
  const done = async () => void (await admin?.end().catch(() => undefined))
  if (ASKS.has(kind)) {
    admin = new pg.Client({ connectionString: target.owner, application_name: 'admin' })
    admin.on('error', () => undefined)
    await admin.connect()
  }
  switch (kind) {
    case 'session ended':
      return { before: () => ask(END_SESSIONS), over: done }
    case 'held':
      return {
        // Where gwh has the table already, it is not to be had.
        before: () =>
          ask('begin; lock table gwh.people in share row exclusive mode nowait').catch(() => undefined),
        over: done,
      }
    case 'rights revoked':
      return {
        before: () => ask(`revoke all on schema ${SCHEMAS.join(', ')} from ${target.role}`),
        over: async () => {
          await ask(`grant all on schema ${SCHEMAS.join(', ')} to ${target.role}`)
          await done()
        },
      }
    case 'disk full':
    case 'disk of the server full':
      return {
        before: async () => fill(target.filler!),
        over: async () => {
          makeRoom(target.filler!)
          await target.revive?.()
        },
      }
    case 'SIGKILL':
    case 'SIGINT':
    case 'SIGTERM':
      return { before: async (child) => void child.kill(kind), over: nothing }
    default:
      return { before: nothing, over: nothing }
  }
}

/** For which somebody is connected beforehand. */
const ASKS: ReadonlySet<Kind> = new Set(['session ended', 'held', 'rights revoked'])

const END_SESSIONS = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'gwh'`
