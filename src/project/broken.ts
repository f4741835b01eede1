/** Entries of the YAML files that have problems of their own: what refers to one of them is no problem more. */
export type BrokenSection =
  /** Variables of the file of environment variables. */
  | 'environment'
  | 'external_paths'
  | 'group_keys'
  | 'models'
  | 'plugins'
  /** Properties that sources of a type bring, by the type. */
  | 'properties'
  /** Relations of models/*.sql. */
  | 'relations'
  | 'reports'
  /** Sources that are there, and whose group keys alone have problems. */
  | 'source_keys'
  | 'sources'
  | 'unit_tests'
  | 'vars'

export class Broken {
  readonly #names = new Map<BrokenSection, Set<string | undefined>>()

  /** @param name undefined where it is not known, and might be any */
  add(section: BrokenSection, name: string | undefined): void {
    const names = this.#names.get(section) ?? new Set()
    this.#names.set(section, names.add(name))
  }

  /** Whether there may be an entry of this name that has problems. */
  has(section: BrokenSection, name: string): boolean {
    const names = this.#names.get(section)
    return names !== undefined && (names.has(name) || names.has(undefined))
  }

  /** Whether the entry of this name is one that has problems, not only possibly. */
  isNamed(section: BrokenSection, name: string): boolean {
    return this.#names.get(section)?.has(name) ?? false
  }

  /** Whether a source of this type may bring properties that are not known. @param type of a source */
  hidesProperties(type: string): boolean {
    return this.has('properties', type) || (this.#names.get('sources')?.has(undefined) ?? false)
  }

  any(section: BrokenSection): boolean {
    return this.#names.has(section)
  }

  names(section: BrokenSection): (string | undefined)[] {
    return [...(this.#names.get(section) ?? [])]
  }
}
