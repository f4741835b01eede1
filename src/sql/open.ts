/** Relations whose places are left open in a text, until it is known where they will be. */

/** Stands around the name of such a relation; no text of a project may hold it. */
export const OPEN = '\0'

/** The relations that a text leaves open. */
export const relationsIn = (text: string): string[] =>
  text.includes(OPEN) ? text.split(OPEN).filter((_, i) => i % 2 === 1) : []

export const countOfRelations = (text: string): number => Math.ceil(occurrencesIn(text, OPEN) / 2)

/** How often a character is in a text. */
export function occurrencesIn(text: string, character: string): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1
  return count
}

/** @param place how a relation is written */
export const inPlace = (text: string, place: (relation: string) => string): string =>
  text
    .split(OPEN)
    .map((part, i) => (i % 2 === 1 ? place(part) : part))
    .join('')
