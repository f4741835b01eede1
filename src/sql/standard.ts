/** How names and values are written: the standard's way, which pieces of SQL are written in. */

export interface Spelling {
  /** A part of a name that cannot stand bare, in its quotes. */
  name(part: string): string
  /** A text as a value. */
  text(value: string): string
}

/** Names in double quotes, texts in single ones, both with those inside of them doubled. */
export const STANDARD: Spelling = {
  name: (part) => `"${part.replaceAll('"', '""')}"`,
  text: (value) => `'${value.replaceAll("'", "''")}'`,
}
