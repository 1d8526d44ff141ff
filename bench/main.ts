import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureAuthenticate } from './authenticate.ts'
import { describeNode, type Report, toMarkdown } from './figures.ts'
import { measureGrowth } from './growth.ts'
import { measureHttp } from './http/http.ts'
import { measureMicro } from './micro/micro.ts'
import { measureRefusals } from './refusals.ts'
import { type Settings, settingsFor } from './settings.ts'
import { measureStores } from './stores.ts'
import { judgeTargets } from './targets.ts'

const sections: Readonly<Record<string, (settings: Settings) => Promise<Report>>> = {
  micro: measureMicro,
  authenticate: measureAuthenticate,
  http: measureHttp,
  stores: measureStores,
  growth: measureGrowth,
  refusals: measureRefusals,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    'cross-check': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
await main()

async function main(): Promise<void> {
  const names = chosenSections()
  const settings = settingsFor(values.quick, values['cross-check'])
  console.log(describeNode())
  const reports: Record<string, Report> = {}
  for (const name of names) reports[name] = await runSection(name, settings)
  const targets = judgeTargets(Object.assign({}, ...Object.values(reports).map(({ figures }) => figures)))
  if (targets.rows.length > 0) console.log(`\n${toMarkdown(targets)}`)
  if (values.json !== undefined) writeJson(values.json, { machine: describeNode(), targets, reports })
}

function chosenSections(): string[] {
  const unknown = positionals.find(name => !(name in sections))
  if (unknown !== undefined)
    throw new TypeError(`unknown section ${unknown}; known: ${Object.keys(sections).join(', ')}`)
  return positionals.length === 0 ? Object.keys(sections) : positionals
}

async function runSection(name: string, settings: Settings): Promise<Report> {
  const start = performance.now()
  const report = (await sections[name]?.(settings)) ?? { tables: [] }
  console.log(`\n## ${name}\n`)
  if (report.remark !== undefined) console.log(`${report.remark}\n`)
  for (const table of report.tables) console.log(`${toMarkdown(table)}\n`)
  for (const fault of report.faults ?? []) console.log(`FAILED: ${fault}`)
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
  if ((report.faults ?? []).length > 0) process.exitCode = 1
  return report
}

function writeJson(file: string, content: object): void {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
}
