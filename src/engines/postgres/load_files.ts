/** Files in tables: another engine reads them, COPY writes. */
import { createReadStream, statSync } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { FileLoader } from '../engine.ts'
import { isNested } from '../file_reader.ts'
import { ownSchema, type Schemas } from '../own.ts'
import { identifier, join, sql, toText, trusted, type RelationName, type Sql } from '../../sql/sql.ts'
import { WarehouseError, type Column, type Warehouse } from '../warehouse.ts'
import type { PostgresWarehouse } from './warehouse.ts'

export const fileLoader: FileLoader = {
  asText,

  async load(warehouse, target, columns, file, told) {
    await emptyTable(warehouse, target, columns)
    const total = statSync(file).size
    let sent = 0
    const progress = new Transform({
      transform(chunk: Buffer, _, done) {
        sent += chunk.length
        told(sent / total)
        done(null, chunk)
      },
    })
    const { client, said } = ownOf(warehouse)
    const statement = `copy ${toText(identifier(...target))} from stdin (format csv)`
    const copy = client.query(copyFrom(statement))
    try {
      await pipeline(createReadStream(file), progress, copy)
    } catch (error) {
      throw said(error, statement)
    }
    return copy.rowCount
  },

  async view(warehouse, name, select) {
    const before = await warehouse.columns(name)
    const after = await warehouse.columnsOf(toText(select))
    if (before && JSON.stringify(before) !== JSON.stringify(after)) await setAside(warehouse, name, 'view')
    await warehouse.execute(
      toText(sql`
        create or replace view ${identifier(...name)} as
        ${select}
      `),
    )
  },
}

/** What only this engine's warehouse has. */
function ownOf(
  warehouse: Warehouse,
): Pick<PostgresWarehouse, 'client'> & { said: PostgresWarehouse['said'] } {
  const own = warehouse as PostgresWarehouse
  return { client: own.client, said: (error, statement) => own.said(error, statement) }
}

/** An empty table with the columns; the same table as before where they have not changed, for views may read it. */
async function emptyTable(
  warehouse: Warehouse,
  target: RelationName,
  columns: readonly Column[],
): Promise<void> {
  const table = identifier(...target)
  const before = await warehouse.columns(target)
  const definitions = columns.map((column) => sql`${identifier(column.name)} ${postgresType(column.type)}`)
  const probe: RelationName = [target[0] ?? '', `${target[1] ?? ''}__new`]
  await warehouse.execute(toText(sql`create table ${identifier(...probe)} (${join(definitions, ', ')})`))
  const after = await warehouse.columns(probe)
  if (JSON.stringify(before) === JSON.stringify(after)) {
    await warehouse.execute(toText(sql`drop table ${identifier(...probe)}`))
    await warehouse.execute(toText(sql`truncate ${table}`))
  } else {
    if (before) await setAside(warehouse, target, 'table')
    await warehouse.execute(
      toText(sql`alter table ${identifier(...probe)} rename to ${identifier(target[1] ?? '')}`),
    )
  }
}

/**
 * Removes a relation whose columns have changed. Published views may still read it: then it stays under another
 * name with the rows that they show, until they are published anew and it goes with the next change.
 */
async function setAside(warehouse: Warehouse, name: RelationName, kind: 'table' | 'view'): Promise<void> {
  const [schema = '', bare = ''] = name
  const old: RelationName = [schema, `${bare}__old`]
  const drop = (relation: RelationName) => toText(sql`drop ${trusted(kind)} ${identifier(...relation)}`)
  if (await warehouse.columns(old)) await warehouse.execute(drop(old))
  await warehouse.execute('savepoint set_aside')
  try {
    await warehouse.execute(drop(name))
    await warehouse.execute('release savepoint set_aside')
  } catch (error) {
    // 2BP01: something depends on it
    if (!(error instanceof WarehouseError) || error.code !== '2BP01') throw error
    await warehouse.execute('rollback to savepoint set_aside')
    await warehouse.execute(
      toText(sql`alter ${trusted(kind)} ${identifier(...name)} rename to ${identifier(old[1] ?? '')}`),
    )
  }
}

/** PostgreSQL's type for a type of DuckDB; nested types become JSON. */
function postgresType(type: string): Sql {
  const simple: Record<string, string> = {
    VARCHAR: 'text',
    // json keeps the text that DuckDB writes; jsonb would write lists with other spaces
    JSON: 'json',
    'VARCHAR[]': 'text[]',
    BOOLEAN: 'boolean',
    TINYINT: 'smallint',
    SMALLINT: 'smallint',
    UTINYINT: 'smallint',
    INTEGER: 'integer',
    USMALLINT: 'integer',
    BIGINT: 'bigint',
    UINTEGER: 'bigint',
    HUGEINT: 'numeric',
    UHUGEINT: 'numeric',
    UBIGINT: 'numeric',
    FLOAT: 'real',
    DOUBLE: 'double precision',
    // as jsonb nothing would say any more that they were no decimals
    'FLOAT[]': 'real[]',
    'DOUBLE[]': 'double precision[]',
    DATE: 'date',
    TIME: 'time',
    TIMESTAMP: 'timestamp',
    TIMESTAMP_S: 'timestamp',
    TIMESTAMP_MS: 'timestamp',
    TIMESTAMP_NS: 'timestamp',
    'TIMESTAMP WITH TIME ZONE': 'timestamptz',
    UUID: 'uuid',
    INTERVAL: 'interval',
  }
  if (simple[type] !== undefined) return trusted(simple[type])
  if (/^DECIMAL\(\d+,\s*\d+\)$/.test(type)) return trusted(type.replace('DECIMAL', 'numeric'))
  return isNested(type) ? trusted('jsonb') : trusted('text')
}

/**
 * The value as COPY reads it: lists of text as an array literal, other nested values as the JSON that mappings read
 * in place, with all digits and without NaN. Texts are without the character 0, which PostgreSQL cannot store.
 */
function asText(value: Sql, type: string, schemas: Schemas): Sql {
  const made = (fn: string, json: Sql) => sql`${identifier(ownSchema(schemas), fn)}(${json})`
  if (type === 'VARCHAR[]') {
    const element = sql`case when element is null then 'NULL' else '"' || replace(replace(replace(element, chr(0), ''), '\\', '\\\\'), '"', '\\"') || '"' end`
    return sql`'{' || array_to_string([${element} for element in ${value}], ',') || '}'`
  }
  if (/^(FLOAT|DOUBLE)\[\]$/.test(type)) return sql`translate(cast(${value} as varchar), '[]', '{}')`
  // the same cut to microseconds as when DuckDB reads the file in place
  if (type === 'TIMESTAMP_NS') return sql`cast(cast(${value} as timestamp) as varchar)`
  if (isNested(type)) {
    const json = made('storable_json', made('as_json', value))
    return made('written_out', sql`cast(${json} as varchar)`)
  }
  return type === 'VARCHAR' ? sql`replace(${value}, chr(0), '')` : sql`cast(${value} as varchar)`
}
