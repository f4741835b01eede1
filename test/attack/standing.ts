/** What a database refuses from the start of a build on. */
import { DuckDBInstance } from '@duckdb/node-api'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { withClient } from '../support/postgres-url.ts'
import { writeFiles } from '../support/files.ts'
import type { Place, Section } from './attacks.ts'
import type { Engine, Target } from './targets.ts'

export interface Standing {
  readonly section: Section
  readonly name: string
  readonly on: Engine
  readonly place: Place
  /** @returns what a user does about it */
  begin(target: Target): Promise<() => Promise<unknown>>
}

const sqlAsOwner = (target: Target, statement: string) =>
  withClient(target.owner, (client) => client.query(statement))

/** Before and after a build by a narrow role. */
const roles = (
  section: Section,
  name: string,
  begin: (role: string) => string,
  end: (role: string) => string,
): Standing => ({
  section,
  name,
  on: 'postgres',
  place: 'narrow role',
  async begin(target) {
    await sqlAsOwner(target, begin(target.role!))
    return () => sqlAsOwner(target, end(target.role!))
  },
})

const settingOfRole = (section: Section, name: string, setting: string, value: string): Standing =>
  roles(
    section,
    name,
    (role) => `alter role ${role} set ${setting} = ${value}`,
    (role) => `alter role ${role} reset ${setting}`,
  )

const memory = (limit: string): Standing => ({
  section: 'refusals',
  name: `memory of ${limit}`,
  on: 'duckdb',
  place: 'anywhere',
  async begin({ dir }) {
    const file = 'project.yml'
    const text = readFileSync(path.join(dir, file), 'utf8')
    writeFiles(dir, { [file]: text.replace('threads: 1', `threads: 1, memory_limit: ${limit}`) })
    return async () => writeFiles(dir, { [file]: text })
  },
})

export const STANDING: readonly Standing[] = [
  ...['300KB', '2MB', '8MB'].map(memory),
  {
    section: 'refusals',
    name: 'another process has the file',
    on: 'duckdb',
    place: 'anywhere',
    async begin({ file }) {
      const instance = await DuckDBInstance.create(file)
      return async () => instance.closeSync()
    },
  },
  ...['1ms', '5ms', '10ms', '20ms', '40ms'].map((time) =>
    settingOfRole('refusals', `statements of ${time} at the most`, 'statement_timeout', `'${time}'`),
  ),
  settingOfRole('roles', 'the role reads only', 'default_transaction_read_only', 'on'),
  roles(
    'roles',
    'the role may not log in',
    (role) => `alter role ${role} nologin`,
    (role) => `alter role ${role} login`,
  ),
  roles(
    'roles',
    'the role may have no connection',
    (role) => `alter role ${role} connection limit 0`,
    (role) => `alter role ${role} connection limit -1`,
  ),
  ...['gwh.people', 'gwh.events', 'gwh.seen', 'gwh_gwh.runs', 'gwh_gwh.relations'].map((relation) =>
    roles(
      'roles',
      `\`${relation}\` is of another owner`,
      () => `alter table ${relation} owner to current_user`,
      (role) => `alter table ${relation} owner to ${role}`,
    ),
  ),
  ...['gwh', 'gwh_gwh', 'gwh_stage'].map((schema) =>
    roles(
      'roles',
      `schema \`${schema}\` is of another owner`,
      () => `alter schema ${schema} owner to current_user`,
      (role) => `alter schema ${schema} owner to ${role}`,
    ),
  ),
]
