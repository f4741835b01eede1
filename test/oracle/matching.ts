/** Which steps events can fill when each event fills one at most: by trying every way to share them out. */
import type { Mark } from './funnel_spec.ts'

/** Every set of steps, as sorted lists, that distinct events of the given can fill. */
export function fillable(marks: readonly Mark[], steps: readonly number[]): number[][] {
  const sets = new Map<string, number[]>([['', []]])
  for (const mark of marks) {
    for (const filled of [...sets.values()]) {
      for (const step of steps) {
        if (!mark.steps.has(step) || filled.includes(step)) continue
        const more = [...filled, step].sort((a, b) => a - b)
        sets.set(more.join(), more)
      }
    }
  }
  return [...sets.values()]
}

/** How many of the steps can be filled. */
export const mostFilled = (marks: readonly Mark[], steps: readonly number[]): number =>
  Math.max(...fillable(marks, steps).map((filled) => filled.length))

/** Whether each step can have an event of its own at its time. */
export function canHappen(marks: readonly Mark[], times: ReadonlyMap<number, number>): boolean {
  return [...new Set(times.values())].every((at) => {
    const steps = [...times].flatMap(([step, time]) => (time === at ? [step] : []))
    const there = marks.filter((mark) => mark.at === at)
    return mostFilled(there, steps) === steps.length
  })
}
