/**
 * Numbers and truth values of YAML files. YAML makes 2134 of `02134` and 1.1 of `1.10`; what is compared with
 * data keeps its spelling, so the field that a value is for decides what it is.
 */
import * as z from 'zod'
import { definition, fitting, inside, unwrapped } from './introspect.ts'

/** A number or `true` or `false` that stands in a YAML file without quotes. */
export class Unquoted {
  /** As it is written. */
  readonly text: string
  readonly value: number | boolean

  constructor(text: string, value: number | boolean) {
    this.text = text
    this.value = value
  }

  /** A number whose own spelling is what is written, and a truth value, as such; else the text. */
  get plain(): number | boolean | string {
    return typeof this.value === 'boolean' || String(this.value) === this.text ? this.value : this.text
  }

  toJSON(): unknown {
    return this.plain
  }
}

/** A value that is compared with data. */
export interface Scalar {
  /** As it is written: `02134`, `1.10`, `True`. */
  readonly text: string
  /** Of a number, `true` or `false` without quotes the text that all of its spellings have. */
  readonly plain: string | undefined
}

/**
 * The text that all spellings of a number have: 1.1 for 1.10, 2134 for 02134, 1000 for 1e3. Whole numbers keep all
 * of their digits; a fraction or an exponent makes a number what a double holds.
 * @returns undefined where the text is no number
 */
export function numberText(text: string): string | undefined {
  const given = text.trim().replaceAll('_', '').replace(/^\+/, '')
  const whole = /^(-?)0*(\d+)$/.exec(given)
  if (whole) return whole[2] === '0' ? '0' : `${whole[1] ?? ''}${whole[2] ?? ''}`
  const number = given === '' ? NaN : Number(given)
  if (!Number.isFinite(number)) return undefined
  const [, sign = '', digits = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number === 0 ? 0 : number)) ?? []
  if (exponent === undefined) return String(number === 0 ? 0 : number)
  const point = digits.length + Number(exponent)
  const all = digits + fraction
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`
  return sign + (point >= all.length ? all.padEnd(point, '0') : `${all.slice(0, point)}.${all.slice(point)}`)
}

/**
 * A number in all of its digits, without an exponent: what JavaScript would round stays as it is written.
 * @param text a number as JavaScript reads it; beyond what a double holds it is what JavaScript makes of it
 */
export function exactNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text.trim()) ?? []
  const digits = whole + fraction
  // another notation, as 0x10, or nothing but zeros
  if (digits === '' || Math.abs(Number(exponent)) > 400) return numberText(text) ?? '0'
  const point = whole.length + Number(exponent)
  const padded = digits.padStart(digits.length - Math.min(point, 0), '0').padEnd(point, '0')
  const split = Math.max(point, 0)
  const plainWhole = padded.slice(0, split).replace(/^0+/, '') || '0'
  const plainFraction = padded.slice(split).replace(/0+$/, '')
  const number = plainFraction === '' ? plainWhole : `${plainWhole}.${plainFraction}`
  return sign === '-' && number !== '0' ? `-${number}` : number
}

/** What is read as a `Scalar`. */
export const scalar = z
  .union([
    z.string(),
    z.instanceof(Unquoted, { error: 'a number, or true or false' }).meta({ type: ['number', 'boolean'] }),
  ])
  .transform((given): Scalar =>
    typeof given === 'string'
      ? { text: given, plain: undefined }
      : {
          text: given.text,
          plain: typeof given.value === 'number' ? numberText(given.text) : String(given.value),
        },
  )

/** Decodes a value of the YAML files: what has no quotes is what its field takes. */
export const decode = <Schema extends z.ZodType>(schema: Schema, value: unknown) =>
  schema.safeParse(settled(value, [schema]), { reportInput: true })

/**
 * The value with numbers and truth values where fields take those, their texts where they take texts, and
 * `Unquoted` where it is yet to be known. Lists and maps that may be left out are, when nothing is in them.
 */
function settled(value: unknown, schemas: readonly z.ZodType[]): unknown {
  const kinds = schemas.flatMap(unwrapped)
  if (value instanceof Unquoted) return settledScalar(value, kinds)
  if (Array.isArray(value)) {
    const members = kinds.flatMap((kind) => inside(kind, 0))
    return value.map((item) => settled(item, members))
  }
  if (value === null || typeof value !== 'object') return value
  const given = value as Readonly<Record<string, unknown>>
  const likely = naming(fitting(kinds, given), Object.keys(given))
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, item]) => {
      const fields = likely.flatMap((kind) => inside(kind, key))
      if (item === null && fields.length > 0 && fields.every(isOptionalCollection)) return []
      return [[key, settled(item, fields)]]
    }),
  )
}

function settledScalar(given: Unquoted, kinds: readonly z.ZodType[]): unknown {
  const definitions = kinds.map(definition)
  const isType = (...types: string[]) => definitions.some(({ type }) => types.includes(type))
  // `custom` is `scalar`, which reads both.
  if (kinds.length === 0 || isType('unknown', 'any', 'custom')) return given
  const isLiteral = definitions.some(({ values }) => values?.includes(given.value))
  const isLost = isType('string') && !isExact(given)
  if ((isType(typeof given.value) && !isLost) || isLiteral) return given.value
  return isType('string', 'enum', 'literal') ? given.text : given.value
}

/** Whether JavaScript holds all digits. */
const isExact = ({ text, value }: Unquoted) =>
  typeof value === 'boolean' || Number.isSafeInteger(value) || text.replaceAll(/\D/g, '').length <= 15

/** Of several kinds of map those that have all the fields. */
function naming(kinds: readonly z.ZodType[], fields: readonly string[]): readonly z.ZodType[] {
  const found = kinds.filter((kind) => fields.every((field) => inside(kind, field).length > 0))
  return found.length > 0 ? found : kinds
}

const COLLECTIONS = ['array', 'object', 'record']

function isOptionalCollection(schema: z.ZodType): boolean {
  const wrappers: string[] = []
  for (let s: z.ZodType | undefined = schema; s?.def; s = definition(s).innerType)
    wrappers.push(definition(s).type)
  return (
    wrappers.some((type) => ['optional', 'default', 'prefault'].includes(type)) &&
    !wrappers.includes('nullable') &&
    unwrapped(schema).every((s) => COLLECTIONS.includes(definition(s).type))
  )
}

/** A number as JSON writes it. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** JSON of a value of the YAML files; all digits of a number stay, and `02134` is a text, for it is no number of JSON. */
export function jsonText(value: unknown): string {
  if (value instanceof Unquoted) {
    const isPlain = typeof value.value === 'boolean' || JSON_NUMBER.test(value.text)
    return isPlain ? value.text.toLowerCase() : JSON.stringify(value.text)
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
  return `{${members.join(',')}}`
}

/** What a template or JSON makes of a value of the YAML files, at any depth. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Unquoted) return value.plain
  if (Array.isArray(value)) return value.map(plainValue)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]))
}
