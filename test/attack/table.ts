/** The table of attacks for people. */
import { SECTIONS } from './attacks.ts'
import type { Fault } from './faults.ts'
import type { Options } from './options.ts'
import type { Row } from './rows.ts'

const HEAD = [
  'section',
  'attack',
  'engine',
  'positions',
  'torn',
  'untrue',
  'hand',
  'reads',
  'longest',
  'told',
]
/** Columns of numbers. */
const RIGHT = new Set([3, 4, 5, 6, 7, 8])

export function printed(
  rows: readonly Row[],
  { every, inTurns = false, seed }: Options,
  seconds: number,
): string {
  const ordered = SECTIONS.flatMap((section) => rows.filter((row) => row.section === section))
  const lines = [HEAD, ...ordered.map(cells)]
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)))
  const pad = (text: string, i: number) =>
    RIGHT.has(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)
  const body = lines.map((line) => line.map(pad).join('  ').trimEnd())
  const skipped = new Set(
    rows.flatMap((row) => (row.skipped === undefined ? [] : [`${row.section}: ${row.skipped}`])),
  )
  const count = (is: Fault['is']) => rows.reduce((sum, row) => sum + only(row, is), 0)
  const tried = rows.reduce((sum, row) => sum + row.tried, 0)
  const part =
    (every === 1 ? 'at every statement' : `at one of ${every} statements (seed ${seed})`) +
    (inTurns ? ', the kinds in turns,' : '')
  return [
    '',
    ...body,
    '',
    ...[...skipped].map((reason) => `Not tried: ${reason}.`),
    `${tried} attacks ${part} in ${seconds} s: ${count('torn')} torn, ${count('untrue')} untrue, ${count('hand')} that need a hand.`,
  ].join('\n')
}

const only = ({ faults }: Row, is: Fault['is']): number => faults.filter((fault) => fault.is === is).length

function cells(row: Row): string[] {
  const { section, attack, engine, tried, statements, reads, longest, told, skipped } = row
  const positions = statements === undefined ? String(tried) : `${tried} of ${statements}`
  return [
    section,
    attack,
    engine,
    skipped === undefined ? positions : 'not tried',
    ...(['torn', 'untrue', 'hand'] as const).map((is) => String(only(row, is))),
    String(reads),
    longest === 0 ? '' : `${(longest / 1000).toFixed(1)} s`,
    Object.entries(told)
      .map(([what, n]) => `${what} ${n}`)
      .join(', '),
  ]
}
