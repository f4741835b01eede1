/** Aligned text for people: lines are written as soon as they are known. */
export interface Column {
  readonly title: string
  readonly width: number
  readonly left?: boolean
}

export function table(columns: readonly Column[]) {
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const { width = 0, left = false } = columns[i] ?? {}
        return left ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  return {
    heading: () => console.log(line(columns.map(({ title }) => title))),
    row: (...cells: readonly string[]) => console.log(line(cells)),
  }
}

const isKnown = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value)

export const times = (ratio: number | undefined): string => (isKnown(ratio) ? `${ratio.toFixed(2)}x` : '-')
export const secs = (seconds: number): string => (isKnown(seconds) ? seconds.toFixed(2) : '-')
export const count = (value: number | undefined): string =>
  isKnown(value) ? value.toLocaleString('en-US') : '-'
export const megabytes = (bytes: number | undefined): string =>
  isKnown(bytes) ? (bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 0 }) : '-'
