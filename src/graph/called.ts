/** Members of lists by name: a project may have thousands of reports, each of which asks for others. */

interface Named {
  readonly name: string
}

/** By list: those of a project are made once and asked many times. */
const indexes = new WeakMap<readonly Named[], ReadonlyMap<string, Named>>()

/** The first member of this name; the list does not change after it is asked. */
export function called<Member extends Named>(list: readonly Member[], name: string): Member | undefined {
  let index = indexes.get(list)
  if (!index) {
    // The first of a name is written last.
    index = new Map(list.map((member) => [member.name, member] as const).reverse())
    indexes.set(list, index)
  }
  return index.get(name) as Member | undefined
}

/** Of several of one name the first. */
export const distinct = <Member extends Named>(list: readonly Member[]): Member[] =>
  list.filter((member) => called(list, member.name) === member)
