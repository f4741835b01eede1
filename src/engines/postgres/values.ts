/** Values of PostgreSQL as every warehouse gives them. */
import type * as PgApi from 'pg'
import { exactInstant, exactJson, exactNumber } from '../warehouse.ts'

type Parser = (text: string) => unknown

/** By type OID. */
const PARSERS: Readonly<Record<number, Parser>> = {
  20: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)), // bigint
  1700: Number, // numeric
  1082: (text) => text, // date
  1114: (text) => new Date(`${text.replace(' ', 'T')}Z`), // timestamp
  1184: (text) => new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')), // timestamptz
}

const EXACT: typeof PARSERS = {
  ...PARSERS,
  17: (text) => text, // bytea
  20: exactNumber,
  114: exactJson,
  1700: exactNumber,
  1114: exactInstant,
  1186: (text) => text, // interval
  1184: (text) => exactInstant(text).replace(/\+00$/, ''),
  3802: exactJson, // jsonb
}

/** @param exact as in the options of a query */
export const parsersOf = (pg: typeof PgApi, exact: boolean) => ({
  getTypeParser: (oid: number, format?: string): Parser =>
    (exact ? EXACT : PARSERS)[oid] ?? (pg.types.getTypeParser(oid, format as 'text') as Parser),
})
