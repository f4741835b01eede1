/** Which statements are attacked: all, or some that a seed chooses. */

/** Numbers from 0 to 1, the same for the same seed and name. */
export function shuffled(seed: number, name: string): () => number {
  let state = seed
  for (const letter of name) state = (Math.imul(state, 31) + letter.charCodeAt(0)) | 0
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of every `every` statements, anywhere among them. @returns numbers from 1 */
export function positionsOf(count: number, every: number, random: () => number): number[] {
  const positions: number[] = []
  for (let start = 0; start < count; start += every)
    positions.push(start + 1 + Math.floor(random() * Math.min(every, count - start)))
  return positions
}

/** Whose turn it is, where several take turns at the statements. */
export interface Turn {
  readonly index: number
  readonly of: number
}

/** Whether what has this number is made in this process and this round. */
export type Share = (i: number) => boolean
