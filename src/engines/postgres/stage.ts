/** Where gwh builds on PostgreSQL, and how it is known to be gwh's. */
import type { RelationName } from '../../sql/sql.ts'
import { OWN_PREFIX, type Schemas } from '../own.ts'

export const STAGE_COMMENT = 'What gwh builds before it publishes it; swept at every build.'

/** Of relations that are built beside those that analysts read. */
const STAGE_PREFIX = `${OWN_PREFIX}stage_`

export const stageSchema = ({ schema, single_schema }: Schemas): string =>
  single_schema === true ? schema : `${schema}_stage`

export const stagedRelation = (schemas: Schemas, name: string): RelationName => [
  stageSchema(schemas),
  schemas.single_schema === true ? `${STAGE_PREFIX}${name}` : name,
]

/** Whether a relation is one that is being built. */
export const isStaged = (schemas: Schemas, [schema, name = '']: RelationName): boolean =>
  schema === stageSchema(schemas) && (schemas.single_schema !== true || name.startsWith(STAGE_PREFIX))
