/** Pieces of SQL that many reports of a project have in common: made and laid out once for each that is different. */
import { isSql, laidOut, type Sql } from '../sql/sql.ts'
import type { ModelContext } from './model.ts'

/** What JSON holds all of: two that are written alike are the same. */
type Data<Of> = Of extends (...args: never) => unknown
  ? never
  : Of extends object
    ? { readonly [Field in keyof Of]: Data<Of[Field]> }
    : Of

/** A piece, or several that belong together. */
type Pieces = Sql | undefined | Readonly<Record<string, Sql>>

type Make<Of, Made> = (of: Of, c: ModelContext) => Made

/** By how relations are written, which is one function for each context that SQL is made in. */
const made = new WeakMap<ModelContext['ref'], Map<unknown, Map<string, unknown>>>()

/**
 * A function that makes each piece once. Two reports with the same piece may have nothing else in common: `make` stands
 * outside of all functions and is given what the piece depends on, no more than tells two of them apart.
 * @param make reads relations only, not sources: who reads those is written down by what asks for them
 */
export function sharedSql<Of, Made extends Pieces>(
  make: Make<Of, Made> & (Of extends Data<Of> ? unknown : never),
): Make<Of, Made> {
  return (of, c) => {
    const pieces = piecesOf(make, c)
    const key = JSON.stringify(of)
    const before = pieces.get(key)
    if (before !== undefined || pieces.has(key)) return before as Made
    const kept = allLaidOut(make(of, withoutSources(c)))
    pieces.set(key, kept)
    return kept
  }
}

function piecesOf(make: unknown, { ref }: ModelContext): Map<string, unknown> {
  const ofContext = made.get(ref) ?? new Map<unknown, Map<string, unknown>>()
  made.set(ref, ofContext)
  const pieces = ofContext.get(make) ?? new Map<string, unknown>()
  ofContext.set(make, pieces)
  return pieces
}

function allLaidOut<Made extends Pieces>(pieces: Made): Made {
  if (pieces === undefined) return pieces
  if (isSql(pieces)) return laidOut(pieces) as Made
  return Object.fromEntries(Object.entries(pieces).map(([name, piece]) => [name, laidOut(piece)])) as Made
}

function withoutSources(c: ModelContext): ModelContext {
  const refuse = (source: string): never => {
    throw new RangeError(`a piece that reports share reads the source ${source}`)
  }
  return { ...c, read: refuse, raw: refuse, given: refuse, whole: refuse, line: refuse }
}
