import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve } from './web-server.ts'

/** What an attacker aims at. */
export interface Aim {
  /** The URL to send a request to, with the cookies of whoever looks at the page. */
  readonly target: string
  /** The CSRF value, where it has leaked. */
  readonly csrf: string
}

type AttackPage = (aim: Aim) => string

const submit = '<script>document.forms[0].submit()</script>'

function form({ target, csrf }: Aim, attributes = ''): string {
  return `<form method="post" action="${target}" ${attributes}><input name="csrf_token" value="${csrf}"></form>`
}

/** A form as the content of an attribute, which sends itself. */
function quotedForm(aim: Aim): string {
  return (form(aim) + submit).replaceAll('"', '&quot;')
}

/** Runs a script with the aim in its reach, and shows what came of it as the title of the page. */
function run(aim: Aim, script: string): string {
  return `<script type="module">
    const { target, csrf } = ${JSON.stringify(aim)}
    const body = new URLSearchParams({ csrf_token: csrf })
    const show = text => { document.title = text }
    ${script}
  </script>`
}

function fetchWith(aim: Aim, init: string): string {
  return run(
    aim,
    `const request = fetch(target, { credentials: 'include', ${init} })
    request.then(async answer => show('read: ' + (await answer.text())), error => show(error.name))`,
  )
}

/** Pages that send a `POST` as soon as they are opened, and end with that. */
export const formPages = {
  'a form': aim => form(aim) + submit,
  'a form that is redirected': ({ target, csrf }) =>
    form({ target: `/redirect?${new URLSearchParams({ target })}`, csrf }) + submit,
  'a multipart form': aim => form(aim, 'enctype="multipart/form-data"') + submit,
  'a form that looks like JSON': ({ target }) =>
    `<form method="post" action="${target}" enctype="text/plain"><input name='{"a":"' value='"}'></form>${submit}`,
} as const satisfies Readonly<Record<string, AttackPage>>

/** Pages that send a `POST` behind the back of whoever looks at them. */
export const hiddenPages = {
  'a form in a frame': aim => `<iframe name="inside"></iframe>${form(aim, 'target="inside"')}${submit}`,
  'a form in a sandbox': aim => `<iframe sandbox="allow-scripts allow-forms" srcdoc="${quotedForm(aim)}"></iframe>`,
  'a form for a new window': aim =>
    `${form(aim, 'target="opened"')}<script>open('about:blank', 'opened'); document.forms[0].submit()</script>`,
  'a fetch without CORS': aim => fetchWith(aim, "method: 'POST', mode: 'no-cors', body"),
  'a fetch with CORS': aim => fetchWith(aim, "method: 'POST', body"),
  'an XMLHttpRequest': aim =>
    run(
      aim,
      `const request = new XMLHttpRequest()
      request.open('POST', target)
      request.withCredentials = true
      request.send(body)`,
    ),
  'a beacon': aim => run(aim, 'navigator.sendBeacon(target, body)'),
  'the ping of a link': ({ target }) => `<a href="#" ping="${target}"></a><script>document.links[0].click()</script>`,
} as const satisfies Readonly<Record<string, AttackPage>>

/** Pages that send what a browser first asks leave for, by `OPTIONS`. */
export const askingPages = {
  'a fetch with the header': aim => fetchWith(aim, "method: 'POST', headers: { 'X-CSRF-TOKEN': csrf }"),
  'a fetch of JSON': aim =>
    fetchWith(aim, "method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}'"),
  'a fetch with DELETE': aim => fetchWith(aim, "method: 'DELETE'"),
} as const satisfies Readonly<Record<string, AttackPage>>

/** Shows what an element with a document in it lets the page see. */
const showContent = 'onload="document.title = this.contentDocument?.body.textContent ?? \'closed\'"'

/** Pages that send a `GET`, and try to read the answer. The title says at the end what they have read. */
export const gettingPages = {
  'an image': ({ target }) => `<img src="${target}" onerror="document.title = 'closed'">`,
  'a script': ({ target }) => `<script src="${target}" onerror="document.title = 'closed'"></script>`,
  'a style sheet': ({ target }) => `<link rel="stylesheet" href="${target}" onerror="document.title = 'closed'">`,
  'a frame': ({ target }) => `<iframe src="${target}" ${showContent}></iframe>`,
  'an EventSource': aim =>
    run(aim, "new EventSource(target, { withCredentials: true }).onerror = () => show('closed')"),
  'a fetch of a page': aim => fetchWith(aim, ''),
  'a fetch of a page without CORS': aim => fetchWith(aim, "mode: 'no-cors'"),
} as const satisfies Readonly<Record<string, AttackPage>>

/** Pages that lead the browser to the target by `GET`. */
export const leadingPages = {
  'a link': ({ target }) => `<a href="${target}"></a><script>document.links[0].click()</script>`,
  'a redirection by script': aim => run(aim, 'location = target'),
  'a form with GET': ({ target }) =>
    `<form action="${target}"><input name="visitor" value="${new URL(target).searchParams.get('visitor')}"></form>${submit}`,
} as const satisfies Readonly<Record<string, AttackPage>>

const socketPage: AttackPage = aim =>
  run(
    aim,
    `const socket = new WebSocket(target.replace('http', 'ws'))
    socket.onopen = () => show('open')
    socket.onerror = () => show('closed')`,
  )

const pages = {
  ...formPages,
  ...hiddenPages,
  ...askingPages,
  ...gettingPages,
  ...leadingPages,
  'a WebSocket': socketPage,
} as const satisfies Readonly<Record<string, AttackPage>>

export type Attack = keyof typeof pages

/** Whether a page of an attack goes away by itself. */
export function isLeaving(attack: Attack): boolean {
  return Object.hasOwn(formPages, attack) || Object.hasOwn(leadingPages, attack)
}

export interface Attackers {
  /** Where the page of an attack is. */
  urlOf(attack: Attack, origin: string, aim: Aim): string
  /** Origins of attackers, by what they are to the application at `https://app.test`. */
  readonly origins: Readonly<Record<AttackerName, string>>
  close(): Promise<void>
}

export const attackerNames = ['another port', 'a sibling host', 'another site', 'the same host over http'] as const
export type AttackerName = (typeof attackerNames)[number]

/** Serves the pages of all attacks, under every host name. */
export async function startAttackers(): Promise<Attackers> {
  const [secure, plain] = [await serve('https', showPage), await serve('http', showPage)]
  return {
    urlOf: (attack, origin, aim) => `${origin}/attack?${new URLSearchParams({ attack, ...aim })}`,
    origins: {
      'another port': `https://app.test:${secure.port}`,
      'a sibling host': `https://blog.app.test:${secure.port}`,
      'another site': `https://evil.test:${secure.port}`,
      'the same host over http': `http://app.test:${plain.port}`,
    },
    close: async () => void (await Promise.all([secure.close(), plain.close()])),
  }
}

function showPage({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'https://evil.test')
  const { attack = '', target = '', csrf = '' } = Object.fromEntries(searchParams)
  if (pathname === '/redirect') return void response.writeHead(307, { location: target }).end()
  if (!Object.hasOwn(pages, attack)) return void response.writeHead(404).end('Nothing here')
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><body>${pages[attack as Attack]({ target, csrf })}`)
}
