/**
 * SQL as templates with typed slots: `sql` takes other pieces of SQL and nothing else, so a text from a
 * configuration or from data can only get in as `literal` (a quoted value) or `identifier` (a quoted name).
 * Templates are dedented when they are made and nested pieces keep the indentation of their slot, so that
 * the source looks like its output.
 */
import { sql as tag, type RawBuilder } from 'kysely'
import { LaidOutCompiler } from './layout.ts'
import { RESERVED } from './keywords.ts'

export type Sql = RawBuilder<unknown>

export function sql(parts: TemplateStringsArray, ...slots: readonly Sql[]): Sql {
  return tag(dedent(parts) as unknown as TemplateStringsArray, ...slots)
}

/** A value: text (quotes doubled), number or boolean; null becomes `null`. */
export function literal(value: string | number | boolean | null): Sql {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`not a finite number: ${value}`)
  return tag.lit(value)
}

/** A name of one or several parts, quoted only where a warehouse would read it differently without. */
export function identifier(...parts: readonly string[]): Sql {
  const names = parts.map((part) => (PLAIN.test(part) && !RESERVED.has(part) ? tag.raw(part) : tag.id(part)))
  return tag.join(names, tag.raw('.'))
}

const PLAIN = /^[a-z_][a-z0-9_]*$/

/** Pieces one after the other; `separator` is written as it is. */
export function join(
  pieces: readonly Sql[],
  separator: ',\n' | ', ' | '\n' | ' and ' | '\n  and ' | Separator,
): Sql {
  return tag.join(pieces, tag.raw(separator))
}

type Separator = '\nunion all\n' | '\nunion all by name\n' | ' || ' | ' or ' | '\nor ' | ' ' | '\n+ '

/** SQL text that is already trusted: keywords and users' own models. Never configuration values. */
export function trusted(text: string): Sql {
  return tag.raw(text)
}

/** The text of a piece of SQL. */
export function toText(piece: Sql): string {
  return new LaidOutCompiler().compileQuery(piece.toOperationNode(), { queryId: '' }).sql
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
