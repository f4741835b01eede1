/** The events of a data set as a staging table: one file whose columns are the keys that its facts count by. */
import path from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { quoted, type DataSet, type ReportFacts } from './datasets.ts'

export interface StagedEvents {
  readonly file: string
  readonly columns: readonly string[]
  /** The column that holds the user, where there are users. */
  readonly user: string | undefined
  /** What else is counted by. */
  readonly groupKeys: readonly string[]
  /** What the facts count by and the events do not tell. */
  readonly missing: readonly string[]
}

/** Columns that are no keys, where the events have them. */
const OTHERS = ['event', 'time', 'received_at', 'event_id', 'insert_id', 'is_bot']

const USERS = ['resolved_user', 'user_id']

export async function stageEvents(set: DataSet, dir: string): Promise<StagedEvents> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB' })
  const db = await instance.connect()
  try {
    const file = path.join(dir, 'events.parquet')
    const given = await columnTypes(db, set.events)
    const keys = keysOf(set.facts)
    const found = keys.flatMap((key) => {
      const value = valueOf(key, set, given)
      return value === undefined ? [] : [{ key, value }]
    })
    const others = OTHERS.filter((name) => given.has(name))
    const values = found.map(({ key, value }) => `${value} as ${key}`)
    const devices = set.devices === undefined ? '' : `left join ${deviceUsers(set.devices)} using (device_id)`
    await db.run(`
      copy (select ${[...others, ...values].join(', ')} from ${set.events} as e ${devices})
      to ${quoted(file)} (format parquet)`)
    const present = found.map(({ key }) => key)
    const user = USERS.find((name) => present.includes(name))
    return {
      file,
      columns: [...others, ...present],
      user,
      groupKeys: present.filter((key) => key !== user),
      missing: keys.filter((key) => !present.includes(key)),
    }
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}

const keysOf = ({ uniques_by_month, funnels = [], retention = [] }: ReportFacts): string[] => [
  ...new Set([...Object.keys(uniques_by_month), ...[...funnels, ...retention].map(({ key }) => key)]),
]

/** A column as it is, in lower case where its name asks for that, or the user of the device. */
function valueOf(key: string, { devices }: DataSet, given: ReadonlyMap<string, string>): string | undefined {
  if (given.has(key)) return `e.${key}`
  if (key === 'resolved_user' && devices !== undefined) return 'coalesce(e.user_id, device_user.user_id)'
  const written = key.replace(/_lc$/, '')
  if (written === key || !given.has(written)) return undefined
  return given.get(written)?.endsWith('[]')
    ? `list_transform(e.${written}, lambda id: lower(id))`
    : `lower(e.${written})`
}

const deviceUsers = (file: string): string => `read_parquet(${quoted(file)}) as device_user`

async function columnTypes(db: DuckDBConnection, relation: string): Promise<Map<string, string>> {
  const described = await db.runAndReadAll(`describe select * from ${relation}`)
  return new Map(described.getRowsJson().map(([name, type]) => [name as string, type as string]))
}
