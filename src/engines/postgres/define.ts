/** What the definitions of functions on PostgreSQL have in common. */
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import { ASCII_SPACES } from '../lib/patterns.ts'

/** The name of a function in gwh's own schema. */
export type Name = (fn: string) => Sql

/** A function in SQL of a name, parameters, the type that it returns, and a query. */
export type Define = (fn: string, parameters: string, returns: string, body: Sql) => Sql

/** A number as a cast to text writes it, and no NaN; what a cast of a constant cannot read would fail a query at once. */
export const FINITE = literal('^-?[0-9.]+(?:e[+-]?[0-9]+)?$')

/** The same of a double: neither longer nor greater than one, as numbers in JSON may be. */
export const FINITE_DOUBLE = literal('^-?[0-9.]{1,25}(?:e[+-](?:[0-9]{1,2}|[12][0-9]{2}|3[0-2][0-9]))?$')

export const character = (code: number) => sql`chr(${literal(code)})`

/** White space of ASCII as the characters that `rtrim` takes. */
export const TRIMMED = sql`${join(ASCII_SPACES.map(character), ' || ')}`

export const IS_TEXT = sql`pg_typeof(value) in ('text', 'varchar', 'bpchar')`
