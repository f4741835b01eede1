/** Where the values of a YAML file stand. It outlives the document, which needs several times as much memory. */
import type { Path } from './path.ts'

/** Of a value without others in it, or without a place of its own, no more than where it stands in the text. */
export type Place = number | undefined | Container

/** A map or a list. */
export interface Container {
  readonly offset: number | undefined
  /** What is in a list; of a map none. */
  readonly items: readonly Place[]
  /** What is in a map, by name; of a list none. */
  readonly fields: ReadonlyMap<string, FieldPlace>
}

export interface FieldPlace {
  /** Where its key stands. */
  readonly key: number | undefined
  readonly value: Place
}

export class YamlPlaces {
  readonly #root: Place

  constructor(root: Place) {
    this.#root = root
  }

  /** Where the value at a path stands; that of its nearest ancestor where there is none. */
  offset(path: Path): number {
    let place = this.#root
    let offset = offsetOf(place)
    for (const part of path) {
      place = inside(place, part)
      offset = offsetOf(place) ?? offset
    }
    return offset ?? 0
  }

  /** Where the key of the value at a path stands. */
  keyOffset(path: Path): number | undefined {
    const parent = path.slice(0, -1).reduce(inside, this.#root)
    return fieldOf(parent, path.at(-1) ?? '')?.key
  }
}

const offsetOf = (place: Place): number | undefined => (typeof place === 'object' ? place.offset : place)

const fieldOf = (place: Place, name: string | number): FieldPlace | undefined =>
  typeof place === 'object' ? place.fields.get(String(name)) : undefined

const inside = (place: Place, part: string | number): Place =>
  typeof place === 'object' && typeof part === 'number' && place.items.length > 0
    ? place.items[part]
    : fieldOf(place, part)?.value
