/** The values of a YAML document: aliases and merge keys put in, numbers as they are written. */
import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type Scalar } from 'yaml'
import type { Path } from './document.ts'
import { Unquoted } from './scalars.ts'

/** Something that YAML allows and a project cannot mean. */
export interface Fault {
  readonly message: string
  readonly hint: string
  /** Where it stands in the text. */
  readonly offset: number
}

/** A field of a map: its key as it is written, and what stands there. */
interface Field {
  readonly name: string
  readonly key: unknown
  readonly value: unknown
}

/** How many values aliases may stand for: a file of a few lines could say billions. */
const MOST_COPIES = 100_000

export class YamlValues {
  readonly faults: Fault[] = []
  readonly #document: Document
  readonly #targets = new Map<Alias, Node | undefined>()
  /** The nodes that aliases stand for, around the one that is read. */
  readonly #around: unknown[] = []
  #copies = 0

  constructor(document: Document) {
    this.#document = document
  }

  read(): unknown {
    return this.#value(this.#document.contents)
  }

  /** Where the value at a path stands; that of its nearest ancestor where there is none. */
  offset(path: Path): number {
    let found: unknown = this.#document.contents
    let offset = offsetOf(found)
    for (const part of path) {
      const inner = this.#child(found, part)
      if (inner === undefined) break
      found = inner.value
      offset = offsetOf(found) ?? offset
    }
    return offset ?? 0
  }

  /** Where the key of the value at a path stands. */
  keyOffset(path: Path): number | undefined {
    const parent = path.slice(0, -1).reduce<unknown>((node, part) => {
      return node === undefined ? undefined : this.#child(node, part)?.value
    }, this.#document.contents)
    const field = this.#child(parent, path.at(-1) ?? '')
    return field?.key === undefined ? undefined : offsetOf(field.key)
  }

  #child(node: unknown, part: string | number): Partial<Field> | undefined {
    const target = this.#target(node)
    if (isSeq(target)) return typeof part === 'number' ? { value: target.items[part] } : undefined
    if (!isMap(target)) return undefined
    const own = target.items.find(({ key }) => !isMerge(key) && keyText(key) === String(part))
    return own ?? this.#fields(target, []).find(({ name }) => name === String(part))
  }

  /** What an alias stands for; any other node is itself. */
  #target(node: unknown): unknown {
    if (!isAlias(node)) return node
    if (!this.#targets.has(node)) this.#targets.set(node, node.resolve(this.#document))
    return this.#targets.get(node)
  }

  #value(node: unknown): unknown {
    if (isAlias(node)) return this.#aliased(node)
    if (this.#around.length > 0) this.#copies += 1
    if (this.#copies > MOST_COPIES) return null
    if (isScalar(node)) return scalarValue(node)
    if (isSeq(node)) return node.items.map((item) => this.#value(item))
    if (!isMap(node)) return null
    this.#checkKeys(node.items.map(({ key }) => key))
    return Object.fromEntries(
      this.#fields(node, this.faults).map(({ name, value }) => [name, this.#value(value)]),
    )
  }

  #aliased(alias: Alias): unknown {
    const target = this.#target(alias)
    if (target === undefined) {
      this.#fault(
        alias,
        `\`*${alias.source}\` stands for a value that is marked \`&${alias.source}\`, and there is none.`,
        'Put it into quotes if it is a text.',
      )
      return null
    }
    if (this.#around.includes(target)) {
      this.#fault(
        alias,
        `\`*${alias.source}\` stands for a value that it is a part of.`,
        'Write out what is meant.',
      )
      return null
    }
    const before = this.#copies
    this.#around.push(target)
    const value = this.#value(target)
    this.#around.pop()
    if (before <= MOST_COPIES && this.#copies > MOST_COPIES && this.#around.length === 0) {
      this.#fault(
        alias,
        'Aliases stand for too many values here.',
        'Write out what is meant, with fewer aliases.',
      )
    }
    return value
  }

  /** A map's own fields, and those that it takes in by `<<` and does not have itself. */
  #fields(node: unknown, faults: Fault[], around: readonly unknown[] = []): Field[] {
    if (!isMap(node) || around.includes(node)) return []
    const fields = new Map<string, Field>()
    const merged: unknown[] = []
    for (const { key, value } of node.items) {
      if (isMerge(key)) merged.push(...this.#maps(key, value, faults))
      else fields.set(keyText(key), { name: keyText(key), key, value })
    }
    for (const field of merged.flatMap((map) => this.#fields(map, faults, [...around, node]))) {
      if (!fields.has(field.name)) fields.set(field.name, field)
    }
    return [...fields.values()]
  }

  /** What `<<` names: a map or several, those before others first. */
  #maps(key: unknown, value: unknown, faults: Fault[]): unknown[] {
    const target = this.#target(value)
    const given = isSeq(target) ? target.items.map((item) => this.#target(item)) : [target]
    if (given.every(isMap)) return given
    faults.push({
      message: '`<<` takes in the fields of a map, or of a list of maps.',
      hint: 'Write `<<: *name` where another map is marked `&name`, or put `"<<"` into quotes.',
      offset: offsetOf(value) ?? offsetOf(key) ?? 0,
    })
    return []
  }

  #checkKeys(keys: readonly unknown[]): void {
    const seen = new Set<string>()
    for (const key of keys) {
      const name = keyText(key)
      if (!isScalar(key) && key !== null)
        this.#fault(key, 'A list or a map cannot be a key.', 'Write a name and a colon.')
      else if (seen.has(name) && !isMerge(key))
        this.#fault(key, `The key \`${name}\` is there twice.`, 'Remove one of the two.')
      seen.add(name)
    }
  }

  #fault(node: unknown, message: string, hint: string): void {
    const offset = offsetOf(node) ?? 0
    if (this.faults.some((fault) => fault.offset === offset)) return
    this.faults.push({ message, hint, offset })
  }
}

const offsetOf = (node: unknown) => (node as Partial<Node> | null | undefined)?.range?.[0]

const isMerge = (key: unknown): boolean => isScalar(key) && key.type === 'PLAIN' && key.source === '<<'

/** A key as it is written; no text where there is nothing before the colon. */
const keyText = (key: unknown): string => (isScalar(key) ? writtenText(key) : '')

const writtenText = ({ value, source }: Scalar): string =>
  typeof value === 'string' ? value : (source ?? (value === null ? '' : JSON.stringify(value)))

function scalarValue(node: Scalar): unknown {
  const { value } = node
  if (value === null || typeof value === 'string') return value
  const text = writtenText(node)
  return typeof value === 'number' || typeof value === 'boolean' ? new Unquoted(text, value) : text
}
