/** The rows of the table of attacks. */
import type { Section } from './attacks.ts'
import type { Fault } from './faults.ts'
import type { Engine } from './targets.ts'

/** One row of the table. */
export interface Row {
  readonly section: Section
  readonly attack: string
  readonly engine: Engine
  /** Attacks that happened. */
  readonly tried: number
  /** Statements of a build, where the attack comes at a statement. */
  readonly statements: number | undefined
  /** Looks of readers meanwhile. */
  readonly reads: number
  /** What was told, and how often. */
  readonly told: Readonly<Record<string, number>>
  /** The longest that a build took to its end after the attack, in milliseconds. */
  readonly longest: number
  readonly faults: readonly Fault[]
  /** Why it was not tried. */
  readonly skipped?: string
}

/** A row that is still being counted. */
export type Counting = { -readonly [Name in keyof Row]: Row[Name] } & {
  faults: Fault[]
  told: Record<string, number>
}

export const emptyRow = (section: Section, attack: string, engine: Engine): Counting => ({
  section,
  attack,
  engine,
  tried: 0,
  statements: undefined,
  reads: 0,
  told: {},
  longest: 0,
  faults: [],
})

/** The parts of the table that were made apart, as one. */
export function merged(parts: readonly (readonly Row[])[]): Row[] {
  const rows = new Map<string, Row>()
  for (const row of parts.flat()) {
    const key = [row.section, row.attack, row.engine].join('\0')
    const had = rows.get(key)
    if (!had) {
      rows.set(key, row)
      continue
    }
    const told = { ...had.told }
    for (const [what, n] of Object.entries(row.told)) told[what] = (told[what] ?? 0) + n
    rows.set(key, {
      ...had,
      told,
      tried: had.tried + row.tried,
      reads: had.reads + row.reads,
      longest: Math.max(had.longest, row.longest),
      faults: [...had.faults, ...row.faults],
    })
  }
  return [...rows.values()]
}
