/** The values of a YAML document: aliases and merge keys put in, numbers as they are written. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { Unquoted } from './scalars.ts'
import { YamlPlaces, type Container, type FieldPlace, type Place } from './yaml_places.ts'
import type { TextFault } from './yaml_text.ts'

/** A field of a map: its key as it is written, and what stands there. */
interface Field {
  readonly name: string
  readonly key: unknown
  readonly value: unknown
}

/** How many values aliases may stand for: a file of a few lines could say billions. */
const MOST_COPIES = 100_000

export class YamlValues {
  /** What YAML allows and a project cannot mean. */
  readonly faults: TextFault[] = []
  readonly #document: Document
  readonly #targets = new Map<Alias, Node | undefined>()
  /** Of maps that were asked for. */
  readonly #known = new Map<unknown, ReadonlyMap<string, Field>>()
  readonly #faulty = new Set<number>()
  /** The nodes that aliases stand for, around the one that is read. */
  readonly #around: unknown[] = []
  #copies = 0

  constructor(document: Document) {
    this.#document = document
    this.#look(document.contents, new Map())
  }

  read(): unknown {
    return this.#value(this.#document.contents)
  }

  /** Where everything stands, for as long as it may be asked: the document is not needed for that. */
  places(): YamlPlaces {
    return new YamlPlaces(this.#place(this.#document.contents, new Map()))
  }

  /**
   * @param made of the maps and lists so far: a value that others stand for is there once, and may be in itself
   */
  #place(node: unknown, made: Map<unknown, Container>): Place {
    const target = this.#target(node)
    if (!isSeq(target) && !isMap(target)) return offsetOf(node)
    const container = made.get(target) ?? this.#container(target, made)
    return target === node ? container : { ...container, offset: offsetOf(node) }
  }

  #container(node: YAMLSeq | YAMLMap, made: Map<unknown, Container>): Container {
    const offset = offsetOf(node)
    if (isSeq(node)) {
      const items: Place[] = []
      made.set(node, { offset, items, fields: NO_PLACES })
      for (const item of node.items) items.push(this.#place(item, made))
      return { offset, items, fields: NO_PLACES }
    }
    const fields = new Map<string, FieldPlace>()
    made.set(node, { offset, items: NO_ITEMS, fields })
    for (const { name, key, value } of this.#fields(node).values())
      fields.set(name, { key: offsetOf(key), value: this.#place(value, made) })
    return { offset, items: NO_ITEMS, fields }
  }

  /** What an alias stands for; any other node is itself. */
  #target(node: unknown): unknown {
    return isAlias(node) ? this.#targets.get(node) : node
  }

  /** Finds what aliases stand for, the last value before them that is marked so, and what no key can be. */
  #look(node: unknown, marked: Map<string, Node>): void {
    if (isAlias(node)) {
      this.#targets.set(node, marked.get(node.source))
      return
    }
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined)
      marked.set(node.anchor, node)
    if (isSeq(node)) for (const item of node.items) this.#look(item, marked)
    if (!isMap(node)) return
    this.#checkKeys(node.items.map(({ key }) => key))
    for (const { key, value } of node.items) {
      this.#look(key, marked)
      this.#look(value, marked)
    }
  }

  #value(node: unknown): unknown {
    if (isAlias(node)) return this.#aliased(node)
    if (this.#around.length > 0) this.#copies += 1
    if (this.#copies > MOST_COPIES) return null
    if (isScalar(node)) return this.#scalar(node)
    if (isSeq(node)) return node.items.map((item) => this.#value(item))
    if (!isMap(node)) return null
    return Object.fromEntries(
      [...this.#fields(node).values()].map(({ name, value }) => [name, this.#value(value)]),
    )
  }

  #scalar(node: Scalar): unknown {
    const value = scalarValue(node)
    if (typeof value === 'string' && value.includes('\0'))
      this.#fault(
        node,
        'The character U+0000 (NUL) is in this text, and no database stores it.',
        'Take it out.',
      )
    return value
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
      this.#tooMany(alias)
    }
    return value
  }

  #tooMany(node: unknown): void {
    this.#fault(
      node,
      'Aliases stand for too many values here.',
      'Write out what is meant, with fewer aliases.',
    )
  }

  /** A map's own fields, and those that it takes in by `<<` and does not have itself. */
  #fields(node: unknown): ReadonlyMap<string, Field> {
    const known = this.#known.get(node)
    if (known || !isMap(node)) return known ?? NO_FIELDS
    const fields = new Map<string, Field>()
    // A map that takes itself in finds nothing there.
    this.#known.set(node, NO_FIELDS)
    const merged: unknown[] = []
    for (const { key, value } of node.items) {
      if (isMerge(key)) merged.push(...this.#maps(key, value))
      else fields.set(keyText(key), { name: keyText(key), key, value })
    }
    for (const map of merged) {
      for (const field of this.#fields(map).values()) {
        if (fields.has(field.name) || this.#copies > MOST_COPIES) continue
        this.#copies += 1
        if (this.#copies > MOST_COPIES) this.#tooMany(node)
        fields.set(field.name, field)
      }
    }
    this.#known.set(node, fields)
    return fields
  }

  /** What `<<` names: a map or several, those before others first. */
  #maps(key: unknown, value: unknown): unknown[] {
    const target = this.#target(value)
    const nodes = isSeq(target) ? target.items : [value]
    const given = nodes.map((item) => this.#target(item))
    if (given.every(isMap)) return given
    const dangling = nodes.filter(isAlias).filter((alias) => this.#target(alias) === undefined)
    for (const alias of dangling) this.#aliased(alias)
    if (dangling.length > 0) return []
    this.#fault(
      offsetOf(value) === undefined ? key : value,
      '`<<` takes in the fields of a map, or of a list of maps.',
      'Write `<<: *name` where another map is marked `&name`, or put `"<<"` into quotes.',
    )
    return []
  }

  #checkKeys(keys: readonly unknown[]): void {
    const seen = new Set<string>()
    for (const key of keys) {
      const name = keyText(key)
      if (!isScalar(key) && key !== null)
        this.#fault(key, 'A list or a map cannot be a key.', 'Write a name and a colon.')
      else if (seen.has(name))
        this.#fault(key, `The key \`${name}\` is there twice.`, 'Remove one of the two.')
      else if (name === '__proto__')
        // Objects of JavaScript have it from elsewhere, and it would be lost without a word.
        this.#fault(key, 'The name `__proto__` cannot be a key.', 'Give it another name.')
      seen.add(name)
    }
  }

  #fault(node: unknown, message: string, fix: string): void {
    const offset = offsetOf(node) ?? 0
    if (this.#faulty.has(offset)) return
    this.#faulty.add(offset)
    this.faults.push({ message, fix, offset })
  }
}

const NO_FIELDS: ReadonlyMap<string, Field> = new Map()
const NO_PLACES: ReadonlyMap<string, FieldPlace> = new Map()
const NO_ITEMS: readonly Place[] = []

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
