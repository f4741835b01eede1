/**
 * Where one event may be several steps: events have to be shared out, one step to each. Steps can all have an
 * event of their own when every set of them has as many events as steps (Hall's marriage theorem).
 */
import { identifier, type Sql } from '../../../src/sql/sql.ts'
import { overlapping } from './options.ts'
import { isSameStep, sharesEvents, type FunnelSpec } from './spec.ts'

/** Steps whose events are counted together. */
export interface CountedSet {
  /** The column with the count. */
  readonly name: Sql
  /** Numbers of the steps, from 1, in order. */
  readonly steps: readonly number[]
}

/** Groups of the steps, of which one event may be several; a step that shares none with others is alone. */
export function groupsOf({ conditions }: FunnelSpec, steps: readonly number[]): number[][] {
  const anything = { event: undefined, any_event: undefined, where: [] }
  const groups = overlapping(steps.map((step) => conditions[step - 1] ?? anything))
  return groups.map((group) => group.map((i) => steps[i] ?? 1))
}

/** Steps with the same condition, which need different events. */
export function classesOf(funnel: FunnelSpec, steps: readonly number[]): number[][] {
  const classes: number[][] = []
  for (const step of steps) {
    const same = classes.find(([first = 1]) => isSameStep(funnel, first, step))
    if (same) same.push(step)
    else classes.push([step])
  }
  return classes
}

export const setOf = (steps: readonly number[]): CountedSet => ({
  name: identifier(`events_of_${steps.join('_')}`),
  steps,
})

/** The sets of a group of steps: each condition is one, and every union of them is one more. */
export function setsOf(funnel: FunnelSpec, group: readonly number[]): CountedSet[] {
  const classes = classesOf(funnel, group)
  const all: number[][] = []
  for (let bits = 1; bits < 2 ** classes.length; bits++) {
    all.push(
      classes
        .filter((_, i) => (bits >> i) % 2 === 1)
        .flat()
        .sort((a, b) => a - b),
    )
  }
  return all.sort((a, b) => a.length - b.length).map(setOf)
}

/** Sets of a step that can be skipped and of those that may want the same events; none when nobody does. */
export function setsOfOptional(funnel: FunnelSpec, n: number): CountedSet[] {
  if (!sharesEvents(funnel)) return []
  const all = funnel.steps.map((_, i) => i + 1)
  const group = groupsOf(funnel, all).find((steps) => steps.includes(n)) ?? []
  return group.length === 1 ? [] : setsOf(funnel, group).filter(({ steps }) => steps.includes(n))
}
