/**
 * Random small files that are valid, with what is in them: CSV by RFC 4180, lines of JSON, and Parquet as
 * hyparquet-writer writes it. DuckDB, which reads them, has written none.
 */
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { Random } from './random.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** What a row is expected to be published as; properties that are null are not there. */
export interface ExpectedRow {
  readonly user: string
  readonly company: readonly string[]
  readonly properties: Readonly<Record<string, Json>>
}

export interface RandomSource {
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[]
  /** The name or pattern that the project gives. */
  readonly file: string
  readonly properties: readonly string[]
  readonly rows: readonly ExpectedRow[]
}

/** Texts that readers like to take for something else. */
const TEXTS = [
  ...[
    '1.1',
    '1.10',
    '0012',
    '1E5',
    '1e400',
    '9:05',
    'True',
    'f',
    '2024-1-5',
    '03/04/2024',
    '12:00:00',
    '-0',
    '+1',
  ],
  ...[
    'NA',
    'n/a',
    'NULL',
    'null',
    'None',
    'NaN',
    'Infinity',
    'nan',
    '-',
    '--',
    '#1 Deal',
    '# x',
    '//',
    '/* x */',
  ],
  ...[
    'a,b',
    'a;b',
    'a\tb',
    'a|b',
    'x;y;z',
    '"',
    '""',
    'say "hi"',
    '"quoted"',
    "it's",
    "'",
    '\\',
    '\\n',
    'a\\"b',
  ],
  ...[
    'line\nbreak',
    'line\r\nbreak',
    '\n',
    'a\rb',
    ' leading',
    'trailing ',
    '  ',
    '\u00a0',
    '{}',
    '{"a":1}',
    '{',
  ],
  ...[
    'ü',
    '日本',
    '😀',
    'e\u0301',
    'ﬁ',
    '1,5',
    '1.234,5',
    '1 000',
    '1_000',
    '0x10',
    '$5',
    '5%',
    '9007199254740993',
  ],
  ...[
    'true',
    'false',
    'yes',
    't',
    '1',
    '0',
    '10',
    '10.0',
    '1.50',
    '.5',
    '5.',
    '2024-01-01',
    '2024-01-01T00:00:00Z',
  ],
] as const

const IDS = [
  'acme',
  'globex, inc',
  '0012',
  '1.10',
  'True',
  '2024-1-5',
  '9007199254740993',
  '12',
  'ü',
  '#7',
  'a"b',
]
const NAMES = [
  'plan',
  'a b',
  'Größe',
  'x,y',
  'say "x"',
  'select',
  'v1.10',
  "it's",
  '1',
  'a;b',
  '#n',
  'tab\there',
  'Q',
]
const TIME = '2024-01-01T00:00:00Z'

const letters = (random: Random) =>
  Array.from({ length: 1 + random.below(6) }, () => random.pick([...'abcxyz019 ,;|"\'#.-_ü'])).join('')

const text = (random: Random): string => (random.once(5) ? letters(random) : random.pick(TEXTS))

function names(random: Random): string[] {
  const count = 1 + random.below(4)
  return [...new Set(Array.from({ length: count }, () => random.pick(NAMES)))]
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const left = [...values]
  return values.flatMap(() => left.splice(random.below(left.length), 1))
}

export function randomCsv(random: Random, name: string): RandomSource {
  const properties = names(random)
  const columns = shuffled(['event', 'time', 'user', 'company', ...properties], random)
  const delimiter = random.pick([',', ',', ',', ';', '\t', '|'])
  const newLine = random.pick(['\n', '\n', '\r\n', '\r'])
  const always = random.once(4)
  const field = (value: string) => {
    // Quotes wherever they are needed, and at times where they are not.
    const needed = value.includes(delimiter) || /["\r\n]/.test(value)
    return needed || always || random.once(6) ? `"${value.replaceAll('"', '""')}"` : value
  }
  const rows = Array.from({ length: random.once(12) ? 0 : 1 + random.below(8) }, (_, i) => {
    const values = properties.map((property) => [property, random.once(6) ? '' : text(random)] as const)
    const company = random.once(8) ? '' : random.pick(IDS)
    return { user: `u${i}`, company, values }
  })
  const lines = rows.map(({ user, company, values }) => {
    const all = new Map<string, string>([
      ...values,
      ['event', name],
      ['time', TIME],
      ['user', user],
      ['company', company],
    ])
    return columns.map((column) => field(all.get(column) ?? '')).join(delimiter)
  })
  const body = [columns.map(field).join(delimiter), ...lines].join(newLine)
  const whole = `${random.once(6) ? '\uFEFF' : ''}${body}${random.once(4) ? '' : newLine}`
  const file = `${name}.${delimiter === '\t' ? 'tsv' : 'csv'}`
  return {
    files: [{ name: file, bytes: Buffer.from(whole) }],
    file,
    properties,
    rows: rows.map(({ user, company, values }) => ({
      user,
      company: company === '' ? [] : [company],
      properties: Object.fromEntries(values.filter(([, value]) => value !== '')),
    })),
  }
}

function json(random: Random, depth = 0): Json {
  switch (random.below(depth > 1 ? 5 : 7)) {
    case 0:
      return random.pick([0, 1, -1, 10, 1.5, 0.1, -2.25, 1e6, 123456789012, 9007199254740991])
    case 1:
      return random.once(2)
    case 2:
      return null
    case 5:
      return Array.from({ length: random.below(3) }, () => json(random, depth + 1) ?? 'x')
    case 6:
      return { [random.pick(NAMES)]: json(random, depth + 1) ?? 'x' }
    default:
      return random.once(10) ? `a\u0000${text(random)}` : text(random)
  }
}

/** A NUL is no character of a published text. */
const withoutNul = (value: Json): Json => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')) as Json

/** JSON with spaces and escapes where they may be. */
function written(value: Json, random: Random): string {
  const escaped = (t: string) =>
    JSON.stringify(t).replaceAll(/[^\\"\u0000-\u001f]/gu, (c) =>
      c.length === 1 && random.once(30) && /[^\\a-z0-9]/.test(c)
        ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
        : c,
    )
  const space = () => (random.once(4) ? ' ' : '')
  if (typeof value === 'string') return escaped(value)
  if (Array.isArray(value))
    return `[${(value as readonly Json[]).map((v) => written(v, random)).join(`${space()},${space()}`)}]`
  if (value !== null && typeof value === 'object')
    return `{${space()}${Object.entries(value)
      .map(([k, v]) => `${JSON.stringify(k)}${space()}:${space()}${written(v, random)}`)
      .join(`,${space()}`)}}`
  return JSON.stringify(value)
}

export function randomNdjson(random: Random, name: string): RandomSource {
  const properties = names(random)
  const rows = Array.from({ length: 1 + random.below(8) }, (_, i) => {
    // One row names them all: a member that no line has is a problem.
    const values = properties.flatMap((property) =>
      random.once(5) ? (i === 0 ? [[property, null] as const] : []) : [[property, json(random)] as const],
    )
    const company = random.once(6) ? [] : random.once(3) ? [random.pick(IDS), 'zeta'] : [random.pick(IDS)]
    return { user: `u${i}`, company, values }
  })
  const newLine = random.pick(['\n', '\r\n'])
  const lines = rows.map(({ user, company, values }) => {
    const members: [string, Json][] = [
      ['event', name],
      ['time', TIME],
      ['user', user],
      ...values.map(([k, v]) => [k, v] as [string, Json]),
    ]
    if (company.length > 0 || user === 'u0')
      members.push(['company', company.length === 1 && random.once(2) ? (company[0] ?? null) : company])
    return written(Object.fromEntries(shuffled(members, random)), random)
  })
  const file = `${name}.ndjson`
  return {
    files: [{ name: file, bytes: Buffer.from(lines.join(newLine) + (random.once(3) ? '' : newLine)) }],
    file,
    properties,
    rows: rows.map(({ user, company, values }) => ({
      user,
      company: [...new Set(company)],
      properties: Object.fromEntries(
        values
          .filter(([, value]) => value !== null)
          .map(([property, value]) => [property, withoutNul(value)]),
      ),
    })),
  }
}

type Kind = 'STRING' | 'BYTE_ARRAY' | 'INT32' | 'INT64' | 'DOUBLE' | 'FLOAT' | 'BOOLEAN'
const KINDS: readonly Kind[] = ['STRING', 'BYTE_ARRAY', 'INT32', 'INT64', 'DOUBLE', 'FLOAT', 'BOOLEAN']

function value(kind: Kind, random: Random): string | number | bigint | boolean {
  if (kind === 'STRING') return text(random)
  if (kind === 'BYTE_ARRAY') return text(random)
  if (kind === 'INT32') return random.pick([0, 1, -1, 12, 2147483647])
  if (kind === 'INT64') return random.pick([0n, 12n, -7n, 9007199254740993n, 9007199254740992n])
  if (kind === 'BOOLEAN') return random.once(2)
  // a FLOAT is expected by its shortest decimal, which these are in both
  return random.pick([0.5, 0.25, 12, 1.5, -3, 1000000])
}

/** One file, or two of which the columns may differ in type; then they are texts. */
export function randomParquet(random: Random, name: string): RandomSource {
  const properties = names(random)
  const count = random.once(2) ? 2 : 1
  const kinds = Array.from({ length: count }, () => properties.map(() => random.pick(KINDS)))
  if (count === 2 && random.once(3)) kinds[1] = kinds[0] ?? []
  const shown = (kind: Kind) => (kind === 'BYTE_ARRAY' ? 'STRING' : kind)
  const unlike = properties.map((_, i) => {
    const of = new Set(kinds.map((file) => shown(file[i] ?? 'STRING')))
    return of.size > 1 && ![...of].every((kind) => kind.startsWith('INT'))
  })
  const rows: ExpectedRow[] = []
  const files = kinds.map((file, n) => {
    const length = 1 + random.below(6)
    const users = Array.from({ length }, (_, i) => `u${n}-${i}`)
    const company = users.map(() => (random.once(6) ? null : random.pick(IDS)))
    const values = file.map((kind) => users.map(() => (random.once(5) ? null : value(kind, random))))
    users.forEach((user, i) => {
      const found = properties.flatMap((property, p): [string, Json][] => {
        const cell = values[p]?.[i]
        if (cell === null || cell === undefined) return []
        const plain = typeof cell === 'bigint' && !unlike[p] ? Number(cell) : cell
        return [[property, unlike[p] ? String(plain) : (plain as Json)]]
      })
      const id = company[i] ?? null
      rows.push({ user, company: id === null ? [] : [id], properties: Object.fromEntries(found) })
    })
    const columnData: ColumnSource[] = [
      { name: 'event', data: users.map(() => name), type: 'STRING' },
      { name: 'time', data: users.map(() => TIME), type: 'STRING' },
      { name: 'user', data: users, type: 'STRING' },
      { name: 'company', data: company, type: 'STRING' },
      ...properties.map((property, p) => ({
        name: property,
        data: (values[p] ?? []).map((cell) =>
          file[p] === 'BYTE_ARRAY' && typeof cell === 'string' ? new TextEncoder().encode(cell) : cell,
        ),
        type: file[p] ?? ('STRING' as const),
      })),
    ]
    return {
      name: `${name}/${n}.parquet`,
      bytes: Buffer.from(parquetWriteBuffer({ columnData: shuffled(columnData, random) })),
    }
  })
  return { files, file: `${name}/*.parquet`, properties, rows }
}
