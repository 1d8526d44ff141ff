export interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly challenge: string | null
  readonly setCookies: readonly string[]
}

export type Headers = Readonly<Record<string, string>>

export interface Tokens {
  readonly access: string
  readonly refresh: string
}

/** A client of one running example. */
export class ApiClient {
  readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  async call(method: string, path: string, headers: Headers = {}, body?: string): Promise<Reply> {
    const reply = await fetch(this.origin + path, { method, headers, ...(body !== undefined && { body }) })
    const text = await reply.text()
    return {
      status: reply.status,
      body: reply.headers.get('content-type')?.includes('json') ? JSON.parse(text) : { text },
      challenge: reply.headers.get('www-authenticate'),
      setCookies: reply.headers.getSetCookie(),
    }
  }

  get(path: string, headers: Headers = {}): Promise<Reply> {
    return this.call('GET', path, headers)
  }

  post(path: string, headers: Headers = {}): Promise<Reply> {
    return this.call('POST', path, headers)
  }

  postJson(path: string, body: unknown, headers: Headers = {}): Promise<Reply> {
    return this.call('POST', path, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(body))
  }

  /** Logs `test` in, for tokens. */
  async logIn(): Promise<Tokens> {
    const { body } = await this.postJson('/login', { username: 'test', password: 'test' })
    return { access: String(body['access_token']), refresh: String(body['refresh_token']) }
  }

  /** Logs `test` in, for cookies. */
  async logInByCookies(): Promise<CookieJar> {
    return new CookieJar().take(await this.postJson('/cookies/login', { username: 'test', password: 'test' }))
  }
}

export function bearer(token: string): Headers {
  return { Authorization: `Bearer ${token}` }
}

/** What a browser keeps. */
export class CookieJar {
  readonly #cookies = new Map<string, string>()

  take({ setCookies }: Reply): this {
    for (const text of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      if (/; Max-Age=0(;|$)|; Expires=Thu, 01 Jan 1970/i.test(text)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return this
  }

  get names(): string[] {
    return [...this.#cookies.keys()].sort()
  }

  get(name: string): string {
    return this.#cookies.get(name) ?? ''
  }

  /** The headers of a request that needs no CSRF value. */
  get headers(): Headers {
    return { Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
  }

  /** The headers of a request that changes something. */
  headersWithCsrf(kind: 'access' | 'refresh' = 'access'): Headers {
    return { ...this.headers, 'X-CSRF-TOKEN': this.get(`csrf_${kind}_token`) }
  }
}
