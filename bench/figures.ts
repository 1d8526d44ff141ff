import { cpus } from 'node:os'

/** When and where figures were measured. */
export function describeNode(): string {
  const [cpu] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${cpus().length} cores (${cpu?.model.trim()}), Node ${process.version}`
}

/** Rows as a table of Markdown; the second is the line below the head. */
export function toTable(rows: readonly (readonly string[])[]): string {
  return rows.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function inMs(ms = Number.NaN): string {
  return ms < 0.1 ? ms.toFixed(3) : ms.toFixed(2)
}
