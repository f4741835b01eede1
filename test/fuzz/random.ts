/** Random choices that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below `n`. */
  below(n: number): number
  /** True once in `n` times. */
  once(n: number): boolean
  pick<T>(of: readonly T[]): T
}

/** Mulberry32: 32 bits of state are enough for choices. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(next() * n)
  return {
    below,
    once: (n) => below(n) === 0,
    pick: (of) => {
      const found = of[below(of.length)]
      if (found === undefined) throw new RangeError('nothing to pick from')
      return found
    },
  }
}
