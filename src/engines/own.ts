/** Where gwh keeps what is its own: records of runs, loaded files, failures of tests, and the functions of generated SQL. */
import type { RelationName } from '../sql/sql.ts'
import { createHash } from 'node:crypto'

/** A target, as far as it says where things are. */
export interface Schemas {
  /** What analysts read. */
  readonly schema: string
  /** Everything is in that one schema: for roles that own no other. */
  readonly single_schema?: boolean | undefined
}

/** Whether all of a target is in one schema. */
export const isSingleSchema = (target: Schemas): boolean => target.single_schema === true

/** Of relations that lie beside those that analysts read. */
export const OWN_PREFIX = '_gwh_'

/** The schema with what gwh keeps for itself. */
export const ownSchema = ({ schema, single_schema }: Schemas): string =>
  single_schema === true ? schema : `${schema}_gwh`

/** A relation of gwh's own. */
export const ownRelation = (schemas: Schemas, name: string): RelationName => [
  ownSchema(schemas),
  schemas.single_schema === true ? `${OWN_PREFIX}${name}` : name,
]

/** The table that `gwh seed` loads the files of a source into. */
export const seedRelation = (schemas: Schemas, source: string): RelationName =>
  ownRelation(schemas, `seed_${source}`)

/** What users' own SQL reads of loaded CSV: the columns of that table with types. */
export const typedSeedRelation = (schemas: Schemas, source: string): RelationName =>
  ownRelation(schemas, `csv_${source}`)

/** The table that the failures of a data test are stored in. */
export function failuresRelation(schemas: Schemas, test: string): RelationName {
  const name = `failures_${test}`
  const longest = LONGEST_NAME - (schemas.single_schema === true ? OWN_PREFIX.length : 0)
  if (/^[a-z0-9_]+$/.test(name) && name.length <= longest) return ownRelation(schemas, name)
  const hash = createHash('sha256').update(test).digest('hex').slice(0, 8)
  const short = name.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_')
  return ownRelation(schemas, `${short.slice(0, longest - 9)}_${hash}`)
}

/** In bytes, what the engine with the least room has, so that a test's table has one name on all of them. */
const LONGEST_NAME = 63
