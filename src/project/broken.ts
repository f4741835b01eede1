/** Entries of the YAML files that have problems of their own: what refers to one of them is no problem more. */
export type BrokenSection =
  /** Variables of the file of environment variables. */
  | 'environment'
  | 'external_paths'
  | 'group_keys'
  | 'models'
  | 'plugins'
  /** Relations of models/*.sql. */
  | 'relations'
  | 'reports'
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

  any(section: BrokenSection): boolean {
    return this.#names.has(section)
  }

  names(section: BrokenSection): (string | undefined)[] {
    return [...(this.#names.get(section) ?? [])]
  }
}
