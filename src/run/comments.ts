/**
 * Descriptions become comments of the database. gwh writes one where there is none, or over one that it wrote itself;
 * what others wrote stays.
 */
import type { Schemas } from '../engines/own.ts'
import type { PublishNote, RelationComment, StagedRelation, Warehouse } from '../engines/index.ts'
import { quotedList } from '../problems.ts'
import { commentOn } from '../sql/comments.ts'
import { recordComments, writtenComments, type WrittenComments } from './state.ts'

/** By name of a relation: what is to be said of it and of its columns; null is the relation itself. */
export type Descriptions = ReadonlyMap<string, WrittenComments>

/** What there was before publishing. */
export interface CommentsBefore {
  readonly present: readonly RelationComment[]
  /** By name of a relation. */
  readonly written: ReadonlyMap<string, WrittenComments>
}

export async function commentsBefore(warehouse: Warehouse, schemas: Schemas): Promise<CommentsBefore> {
  return {
    present: await warehouse.comments(schemas.schema),
    written: await writtenComments(warehouse, schemas),
  }
}

/**
 * Writes the descriptions of relations that are in their places, and what it has written down; part of the
 * publishing transaction.
 * @returns whose comments were kept instead, and which went with their columns
 */
export async function writeComments(
  warehouse: Warehouse,
  schemas: Schemas,
  relations: readonly StagedRelation[],
  descriptions: Descriptions,
  before: CommentsBefore,
): Promise<PublishNote[]> {
  const present = byRelation(await warehouse.comments(schemas.schema))
  const presentBefore = byRelation(before.present)
  const notes: PublishNote[] = []
  for (const relation of relations) {
    const { name, kind, published, unchanged } = relation
    const wanted = descriptions.get(name) ?? new Map<string | null, string>()
    // Without a change of the model its descriptions are what gwh has written.
    const own = renamedIn(relation, before.written) ?? (unchanged ? wanted : undefined)
    const there = present.get(name) ?? new Map<string | null, string>()
    const written = new Map<string | null, string>()
    const others: (string | null)[] = []
    for (const column of new Set([...there.keys(), ...wanted.keys()])) {
      const [text, description] = [there.get(column), wanted.get(column)]
      if (text !== undefined && text !== description && own?.get(column) !== text) {
        others.push(column)
        continue
      }
      if (description !== undefined) written.set(column, description)
      if (text !== description)
        await warehouse.execute(commentOn(kind, published, { column, text: description ?? null }))
    }
    if (!isSame(before.written.get(name), written)) await recordComments(warehouse, schemas, name, written)
    const isFirstSeen = others.some((column) => own?.has(column))
    const texts = [
      ...(others.length > 0 && (isFirstSeen || !unchanged) ? [keptNote(relation, others, own)] : []),
      ...lostNotes(relation, renamedIn(relation, presentBefore), own, there),
    ]
    notes.push(...texts.map((text) => ({ relation: name, text })))
  }
  return notes
}

function byRelation(comments: readonly RelationComment[]): Map<string, Map<string | null, string>> {
  const found = new Map<string, Map<string | null, string>>()
  for (const { relation, column, text } of comments)
    found.set(relation, (found.get(relation) ?? new Map<string | null, string>()).set(column, text))
  return found
}

/** What is known of a relation under the name that it had, by the names that its columns have now. */
function renamedIn(
  { name, renamed }: StagedRelation,
  known: ReadonlyMap<string, WrittenComments>,
): WrittenComments | undefined {
  const before = known.get(name) ?? known.get(renamed?.from?.at(-1) ?? '')
  if (!before) return undefined
  const now = new Map(renamed?.columns.filter(([, column]) => !before.has(column)))
  return new Map([...before].map(([column, text]) => [now.get(column ?? '') ?? column, text]))
}

const isSame = (before: WrittenComments | undefined, written: WrittenComments): boolean =>
  before?.size === written.size && [...written].every(([column, text]) => before.get(column) === text)

function keptNote(
  { published, kind }: StagedRelation,
  others: readonly (string | null)[],
  own: WrittenComments | undefined,
): string {
  const relation = published.join('.')
  const columns = others.filter((column) => column !== null)
  const places = [
    ...(others.length > columns.length ? [`on the ${kind}`] : []),
    ...(columns.length > 0 ? [`on ${quotedList(columns)}`] : []),
  ].join(', ')
  return own === undefined
    ? `\`${relation}\` has comments that are not the descriptions of the model, and it is not on record who wrote them, so they are kept: ${places}. Remove those that gwh is to write anew (\`comment on … is null\`).`
    : `\`${relation}\` keeps comments that gwh has not written: ${places}.`
}

/** Characters of a comment that are told. */
const TOLD = 100

/** Of comments of others that went with their columns. */
function lostNotes(
  { published }: StagedRelation,
  before: WrittenComments | undefined,
  own: WrittenComments | undefined,
  there: WrittenComments,
): string[] {
  return [...(before ?? [])]
    .filter(([column, text]) => column !== null && !there.has(column) && own?.get(column) !== text)
    .map(([column, text]) => {
      const told = text.length > TOLD ? `${text.slice(0, TOLD)}…` : text
      return `\`${published.join('.')}\` has no column \`${column ?? ''}\` any more, and with it went its comment: ${told}`
    })
}
