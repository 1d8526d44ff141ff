import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** A table for the reader: labels in the first columns, figures in the others. */
export interface Table {
  readonly title: string
  /** How many columns hold labels. */
  readonly labels: number
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What a section has found. */
export interface Report {
  readonly tables: readonly Table[]
  /** Unrounded figures by their names, for the targets. */
  readonly figures?: Readonly<Record<string, number>>
  /** Where and how it was measured, as far as that is peculiar to the section. */
  readonly remark?: string
  readonly faults?: readonly string[]
}

/** When and where figures were measured. */
export function describeNode(): string {
  const [cpu] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${cpus().length} cores (${cpu?.model.trim()}), Node ${process.version}`
}

export function describePackages(names: readonly string[]): string {
  return names.map(name => `${name} ${versionOf(name)}`).join(', ')
}

/** A table in Markdown. */
export function toMarkdown({ title, labels, head, rows }: Table): string {
  const line = head.map((_, column) => (column < labels ? '---' : '---:'))
  return `### ${title}\n\n${toTable([head, line, ...rows])}`
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

/** Round by round, for what else the machine does changes from one to the next. */
export function medianRatio(times: readonly number[], others: readonly number[]): number {
  return median(times.map((time, round) => time / (others[round] ?? Number.NaN)))
}

export function inMs(ms = Number.NaN): string {
  return ms < 0.1 ? ms.toFixed(3) : ms.toFixed(2)
}

/** Nanoseconds as microseconds. */
export function inUs(ns = Number.NaN): string {
  const us = ns / 1000
  return us < 10 ? us.toFixed(2) : us.toFixed(us < 100 ? 1 : 0)
}

export function inTimes(ratio = Number.NaN): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(ratio < 100 ? 1 : 0)
}

export function inThousands(count: number): string {
  return Number(count.toPrecision(2)).toLocaleString('en')
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
