import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Block } from './markdown.ts'

const root = new URL('../..', import.meta.url).pathname

/** What the compiler says of the blocks of the guide, by block; nothing for those that compile. */
export type Diagnostics = ReadonlyMap<Block, readonly string[]>

/**
 * Compiles every block as a module of its own, under the options of the repository. `Register` is one interface for a
 * whole program, so a block that declares it is a program by itself; all others are compiled together. A block that
 * starts with its file name can be imported by the others.
 */
export async function compileBlocks(blocks: readonly Block[]): Promise<Diagnostics> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'guide-'))
  try {
    const programs = groupBlocks(blocks).map((group, index) => compileProgram(group, join(folder, `program-${index}`)))
    return new Map((await Promise.all(programs)).flatMap(diagnostics => [...diagnostics]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function groupBlocks(blocks: readonly Block[]): Block[][] {
  const alone = blocks.filter(({ code }) => /\binterface Register\b/.test(code))
  return [blocks.filter(block => !alone.includes(block)), ...alone.map(block => [block])]
}

async function compileProgram(blocks: readonly Block[], folder: string): Promise<Diagnostics> {
  const byFile = new Map(blocks.map((block, index) => [block.file ?? `block-${index}.ts`, block]))
  if (byFile.size < blocks.length) throw new Error('Two blocks have the same file name')
  writeProgram(byFile, folder)
  const output = await runCompiler(folder)
  const diagnostics = new Map<Block, string[]>(blocks.map(block => [block, []]))
  for (const { file, line, message } of readDiagnostics(output)) {
    const block = byFile.get(file)
    if (block === undefined) throw new Error(`The compiler stumbles before it comes to the guide:\n${output}`)
    diagnostics.get(block)?.push(`${block.page}:${block.line + line - 1} ${message}`)
  }
  return diagnostics
}

function writeProgram(byFile: ReadonlyMap<string, Block>, folder: string): void {
  mkdirSync(folder)
  for (const [file, { code }] of byFile) writeFileSync(join(folder, file), code)
  // Below node_modules no package.json of the repository counts.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const config = { extends: relative(folder, join(root, 'tsconfig.json')), files: [...byFile.keys()], include: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
}

function runCompiler(folder: string): Promise<string> {
  const compiler = join(root, 'node_modules/.bin/tsc')
  return new Promise((resolve, reject) => {
    execFile(compiler, ['-p', folder, '--noEmit', '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      if (error === null) resolve('')
      else if (stdout === '') reject(new Error(`The compiler did not run: ${stderr}`, { cause: error }))
      else resolve(stdout)
    })
  })
}

interface Diagnostic {
  readonly file: string
  readonly line: number
  readonly message: string
}

function readDiagnostics(output: string): Diagnostic[] {
  // A diagnostic goes on in lines that are indented.
  const entries = output.split(/\n(?! )/).filter(entry => entry.trim() !== '')
  return entries.map(entry => {
    const [, file = '', line = '0', message = entry] = /^([^(\n]+)\((\d+),\d+\): ([\s\S]*)$/.exec(entry) ?? []
    return { file, line: Number(line), message }
  })
}
