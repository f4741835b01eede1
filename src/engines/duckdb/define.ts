/** What the definitions of macros on DuckDB have in common. */
import { sql, type Sql } from '../../sql/sql.ts'

/** The name of a macro in gwh's own schema. */
export type Name = (fn: string) => Sql

/** White space of ASCII as the characters that `rtrim` takes. */
export const TRIMMED = sql`chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)`
