/**
 * How engines write names and values. Pieces of SQL are written as the standard has it, and are spelled for the engine
 * when they become the text that it is given.
 */
import type { Sql } from './layout.ts'
import { toText, trusted } from './sql.ts'
import { STANDARD, type Spelling } from './standard.ts'

export { STANDARD, type Spelling }

/** An engine, or a warehouse of it. */
export interface Spells {
  readonly spelling: Spelling
}

/** SQL on its way to a warehouse: a piece, or a text that is spelled for it already. */
export type Statement = Sql | string

/** SQL that users wrote for their engine: its names and values stay as they are, however the engine spells others. */
export const asWritten = (text: string): Sql => trusted(`${OPENS}${text}${CLOSES}`)

/** The text of a piece of SQL for an engine. */
export const textFor = (piece: Sql, engine: Spells): string => spelled(toText(piece), engine)

/** The text of what a warehouse is asked to run. */
export const statementText = (statement: Statement, engine: Spells): string =>
  typeof statement === 'string' ? statement : textFor(statement, engine)

/** Stand around what users wrote; no text of a project may hold the character 0. */
const OPENS = '\0\u0002'
const CLOSES = '\u0003\0'
const MARK = /\0\u0002|\u0003\0/g

/** Texts, names in quotes, comments, and what users wrote. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\0\u0002[\s\S]*?\u0003\0/g

/** A text of the standard as an engine spells it; what users wrote stays as it is. */
export function spelled(text: string, { spelling }: Spells): string {
  if (spelling === STANDARD) return text.includes(OPENS) ? text.replaceAll(MARK, '') : text
  return text.replaceAll(TOKEN, (token) => {
    if (token.startsWith(OPENS)) return token.slice(OPENS.length, -CLOSES.length)
    const inside = token.slice(1, -1)
    if (token.startsWith("'")) return spelling.text(inside.replaceAll("''", "'"))
    if (token.startsWith('"')) return spelling.name(inside.replaceAll('""', '"'))
    return token
  })
}
