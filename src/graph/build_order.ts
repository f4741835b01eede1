/** Parents before children, without a limit to how deep they lie. */

/** Names that depend on themselves in a circle. */
export class CycleError extends Error {
  /** Each depends on the next; the last is the first again. */
  readonly cycle: readonly string[]

  constructor(cycle: readonly string[]) {
    super(`a cycle: ${cycle.join(', ')}`)
    this.cycle = cycle
  }
}

/**
 * @param parents of each name; those that are no names themselves are left out
 * @returns the names: what nothing depends on in the order given, each after all that it depends on
 * @throws CycleError
 */
export function buildOrder(parents: ReadonlyMap<string, readonly string[]>): string[] {
  const order = new Set<string>()
  for (const name of parents.keys()) addTo(order, name, parents)
  const needed = new Set([...parents.values()].flat())
  const result = new Set<string>()
  for (const name of parents.keys()) if (!needed.has(name)) addTo(result, name, parents)
  return [...result]
}

/** Adds a name to those that are in order, after all of its ancestors. */
function addTo(order: Set<string>, start: string, parents: ReadonlyMap<string, readonly string[]>): void {
  /** From `start` down to the name that is looked at, each with how many of its parents are in order. */
  const way: { readonly name: string; next: number }[] = []
  const onWay = new Set<string>()
  const enter = (name: string) => {
    if (order.has(name) || !parents.has(name)) return
    if (onWay.has(name)) {
      const names = way.map((step) => step.name)
      throw new CycleError([...names.slice(names.indexOf(name)), name])
    }
    onWay.add(name)
    way.push({ name, next: 0 })
  }
  enter(start)
  for (let step = way.at(-1); step; step = way.at(-1)) {
    const parent = parents.get(step.name)?.[step.next]
    step.next += 1
    if (parent !== undefined) {
      enter(parent)
      continue
    }
    way.pop()
    onWay.delete(step.name)
    order.add(step.name)
  }
}
