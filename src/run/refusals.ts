/** What a database refuses for reasons of its own is the user's to fix, and no fault of gwh. */
import { ownSchema, type Schemas } from '../engines/own.ts'
import { ProblemError, type Location, type ProblemCode } from '../problems.ts'
import { fileRefusal } from './file_refusals.ts'
import { SessionLost, WarehouseError, type Refusal } from '../engines/warehouse.ts'

const CODES: Record<Refusal, ProblemCode> = {
  not_allowed: 'not_allowed',
  locked: 'warehouse_locked',
  cancelled: 'statement_cancelled',
  out_of_space: 'out_of_space',
  out_of_memory: 'out_of_memory',
}

/** What a database, or the way to it, has to say of a run that was begun. */
const OF_RUNS: ReadonlySet<ProblemCode> = new Set([
  ...Object.values(CODES),
  'connection_failed',
  'connection_lost',
  'driver_missing',
])

/** Whether it is no fault of the project. */
export const isRefusal = ({ problems }: ProblemError): boolean =>
  problems.some(({ code }) => OF_RUNS.has(code))

const MESSAGES: Record<Refusal, string> = {
  not_allowed: 'The database does not allow this.',
  locked: 'Another session holds what this needs.',
  cancelled: 'The database ended a statement before it was done.',
  out_of_space: 'The database has no room left on its disk.',
  out_of_memory: 'The database has not enough memory for this.',
}

/** What a role needs at the least. */
const rights = (schemas: Schemas) =>
  schemas.single_schema === true
    ? `gwh builds in the schema \`${schemas.schema}\`: the role has to own it.`
    : `gwh builds in the schemas \`${schemas.schema}\`, \`${ownSchema(schemas)}\` and \`${schemas.schema}_stage\`: the role has to own them, or may create schemas in the database (\`grant create on database\`). A role that owns one schema only can do with \`single_schema: true\` in the target. To look, it needs \`usage\` and \`select\` on the first two.`

/** Publishing has words of its own for what it is refused, so whatever is refused elsewhere comes before it. */
const UNPUBLISHED = 'Nothing was published; what was published before stays as it was.'

export interface Refused {
  /** Of the target, where it is known. */
  readonly at?: Location | undefined
  readonly target?: Schemas | undefined
  /** Files or models have been told of, and whoever reads of them wants to know whether they are published. */
  readonly hasBuilt?: boolean
  /** It is a run that could have published. */
  readonly isRun?: boolean
}

/** @returns a ProblemError where the database refused or was lost, else the same */
export function refused(
  error: unknown,
  { at, target = { schema: '<schema>' }, hasBuilt = false, isRun = false }: Refused = {},
): unknown {
  if (error instanceof SessionLost && error.refusal === undefined)
    return new ProblemError({
      code: 'connection_lost',
      message: 'The connection to the database was lost.',
      at,
      cause: error.message,
      fix: isRun
        ? `Nothing was published by this run. ${error.fix ?? 'Build again when the database answers.'}`
        : (error.fix ?? 'Try again when the database answers.'),
    })
  const ofFile = fileRefusal(error)
  if (ofFile)
    return new ProblemError(hasBuilt ? { ...ofFile, message: `${ofFile.message} ${UNPUBLISHED}` } : ofFile)
  if (!(error instanceof WarehouseError) && !(error instanceof SessionLost)) return error
  if (error instanceof WarehouseError && error.isRaised)
    return new ProblemError({
      code: 'not_allowed',
      message: hasBuilt ? `${MESSAGES.not_allowed} ${UNPUBLISHED}` : MESSAGES.not_allowed,
      at,
      cause: error.message,
      fix: 'It is what code of others in the database says, such as an event trigger: ask whoever made it, or build where it does not run.',
    })
  if (error.refusal === undefined) return error
  const { refusal, message, fix } = error
  return new ProblemError({
    code: CODES[refusal],
    message: hasBuilt ? `${MESSAGES[refusal]} ${UNPUBLISHED}` : MESSAGES[refusal],
    at,
    cause: message,
    fix: refusal === 'not_allowed' ? (fix ?? rights(target)) : fix,
  })
}
