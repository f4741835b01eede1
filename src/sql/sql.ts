/**
 * SQL as templates with typed slots: `sql` takes other pieces of SQL and nothing else, so a text from a
 * configuration or from data can only get in as `literal` (a quoted value) or `identifier` (a quoted name).
 * Templates are dedented when they are made and nested pieces keep the indentation of their slot, so that
 * the source looks like its output.
 */
import { Chunk } from './chunk.ts'
import { Layout, Sql } from './layout.ts'
import { isReserved } from './keywords.ts'
import { STANDARD } from './standard.ts'
import { OPEN, relationsIn } from './open.ts'
import { fitted } from './width.ts'

export type { Sql } from './layout.ts'

export function sql(parts: TemplateStringsArray, ...slots: readonly Sql[]): Sql {
  const template = known.get(parts) ?? templateOf(parts)
  return template.constant ?? Sql.template(template.chunks, template.isBroken, slots)
}

/** A value: text (quotes doubled), number or boolean; null becomes `null`. */
export function literal(value: string | number | boolean | null): Sql {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`not a finite number: ${value}`)
  if (typeof value === 'string' && value.includes(OPEN)) throw new RangeError('a text with the character 0')
  return Sql.verbatim(typeof value === 'string' ? STANDARD.text(value) : String(value))
}

/** A name of one or several parts, quoted only where a warehouse would read it differently without. */
export function identifier(...parts: readonly string[]): Sql {
  if (parts.some((part) => part.includes(OPEN))) throw new RangeError('a name with the character 0')
  const names = parts.map((part) => (PLAIN.test(part) && !isReserved(part) ? part : STANDARD.name(part)))
  return Sql.verbatim(names.join('.'))
}

const PLAIN = /^[a-z_][a-z0-9_]*$/

/** A relation's name as its parts, schema first: what `identifier` takes. */
export type RelationName = readonly string[]

/** Pieces one after the other; `separator` is written as it is. */
export function join(
  pieces: readonly Sql[],
  separator: ',\n' | ', ' | '\n' | ' and ' | '\n  and ' | Separator,
): Sql {
  const chunk = separators.get(separator) ?? new Chunk(separator)
  separators.set(separator, chunk)
  return Sql.list(pieces, chunk)
}

type Separator =
  '\nunion all\n' | '\nunion all by name\n' | ' || ' | ' or ' | '\nor ' | '\nand ' | ' ' | '\n+ '

/** There are a few. */
const separators = new Map<string, Chunk>()

/** Whether a piece is one line that has room beside a word or two. */
export const isShort = ({ kind, text }: Sql): boolean => kind === 'line' && text.length <= 100

/** `select a, b`; where that would be long, with each column on a line of its own. */
export function select(columns: readonly Sql[], distinct?: 'distinct'): Sql {
  const word = distinct ? sql`select distinct` : sql`select`
  const line = join(columns, ', ')
  if (isShort(line)) return sql`${word} ${line}`
  return sql`
    ${word}
      ${join(columns, ',\n')}
  `
}

/** SQL text that is already trusted: keywords of gwh's own. Never configuration values, nor SQL of users. */
export function trusted(text: string): Sql {
  const chunk = new Chunk(text)
  return Sql.template([chunk], chunk.isBroken, [])
}

/**
 * The text of a piece of SQL, with names and values as the standard spells them. What an engine is given is
 * `textFor` it.
 */
export function toText(piece: Sql): string {
  const layout = new Layout()
  layout.write(piece)
  return layout.text
}

/**
 * The text of a piece of SQL, in lines that fit.
 * @param longer how many characters longer relations that are open will be in their places
 */
export function toFittedText(piece: Sql, longer = 0): string {
  const layout = new Layout(longer)
  layout.write(piece)
  return layout.isWhole ? layout.text : fitted(toText(piece), longer)
}

/** The relations that a piece leaves open, in the order in which it reads them first. */
export function relationsOf(piece: Sql): string[] {
  const found = new Set<string>()
  const look = ({ text, chunks, slots }: Sql): void => {
    for (const name of relationsIn(text)) found.add(name)
    for (let i = 0; i < Math.max(chunks.length, slots.length); i++) {
      for (const name of chunks[i]?.relations ?? []) found.add(name)
      const slot = slots[i]
      if (slot) look(slot)
    }
  }
  look(piece)
  return [...found]
}

export const isSql = (value: unknown): value is Sql => value instanceof Sql

/** The same piece as one text, whose lines are laid out once for each depth that it is written at. */
export function laidOut(piece: Sql): Sql {
  if (piece.kind === 'line') return piece
  const layout = new Layout()
  layout.write(piece)
  // what is in quotes over several lines is not indented
  return layout.isWhole ? trusted(layout.text) : piece
}

/** A relation whose place is said later, by `inPlace`. */
export const relation = (name: string): Sql => Sql.verbatim(`${OPEN}${name}${OPEN}`)

/** Templates are written many times, and each of them is one object for all of them; so is one without slots. */
const known = new WeakMap<TemplateStringsArray, Template>()

interface Template {
  readonly chunks: readonly Chunk[]
  readonly isBroken: boolean
  readonly constant: Sql | undefined
}

function templateOf(given: TemplateStringsArray): Template {
  const chunks = dedent(given).map((text) => new Chunk(text))
  const isBroken = chunks.some((chunk) => chunk.isBroken)
  const constant = chunks.length === 1 ? Sql.template(chunks, isBroken, []) : undefined
  const made = { chunks, isBroken, constant }
  known.set(given, made)
  return made
}

/** Removes the margin that all lines of a template share, and its first and last line break. */
function dedent(parts: readonly string[]): readonly string[] {
  const lines = parts.join('\0').split('\n').slice(1)
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S|$/)))
  if (!Number.isFinite(margin)) return parts
  const text = parts.map((part) => part.replaceAll(new RegExp(`\n {0,${margin}}`, 'g'), '\n'))
  text[0] = (text[0] ?? '').replace(/^\n/, '')
  text[text.length - 1] = (text.at(-1) ?? '').replace(/\n *$/, '')
  return text
}
