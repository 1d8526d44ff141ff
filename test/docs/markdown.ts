/** A fenced block of code in a page. */
export interface Block {
  readonly page: string
  /** Which of the blocks in its language, from 1. */
  readonly number: number
  /** The line of the page on which the code starts, from 1. */
  readonly line: number
  readonly code: string
  /** The name of the file, where the first line is a comment of nothing but that. */
  readonly file?: string | undefined
}

interface Fence {
  readonly language: string
  readonly line: number
  readonly code: string
}

/** The fenced blocks of a page in one language. */
export function readBlocks(page: string, text: string, language: string): Block[] {
  return readFences(text)
    .filter(fence => fence.language === language)
    .map(({ line, code }, index) => ({ page, number: index + 1, line, code, file: readFileName(code) }))
}

function readFileName(code: string): string | undefined {
  return /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1]
}

/** The languages which the fenced blocks of a page name, each once. */
export function readLanguages(text: string): string[] {
  return [...new Set(readFences(text).map(({ language }) => language))]
}

/** The targets of the links in a page which lead to files or headings, not to other sites. */
export function readLinks(text: string): string[] {
  const targets = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter(target => !/^[a-z][a-z+.-]*:/i.test(target))
}

/** The anchors of the headings of a page, as GitHub makes them. */
export function readAnchors(text: string): string[] {
  return [...withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** All code of a page: fenced blocks, and what stands between backticks. */
export function readCode(text: string): string {
  const spans = [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...readFences(text).map(({ code }) => code), ...spans].join('\n')
}

function readFences(text: string): Fence[] {
  return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: code = '', index }) => ({
    language,
    line: text.slice(0, index).split('\n').length + 1,
    code,
  }))
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '')
}
