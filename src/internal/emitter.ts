type Listener<Event> = (event: Event) => void

/** Tells listeners of events, each typed by its name. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #onFailure: (name: keyof Events) => void

  /** @param onFailure told of a listener that threw: whoever emits has done its work and must not fail by it */
  constructor(onFailure: (name: keyof Events) => void) {
    this.#onFailure = onFailure
  }

  /** Adds a listener, and returns the function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    // Of its own, so that the same function may be added twice.
    const own: Listener<Events[Name]> = event => listener(event)
    this.#listeners.set(name, listeners.add(own))
    return () => void listeners.delete(own)
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) this.#tell(listener as Listener<Events[Name]>, name, event)
  }

  #tell<Name extends keyof Events>(listener: Listener<Events[Name]>, name: Name, event: Events[Name]): void {
    try {
      const result: unknown = listener(event)
      if (result instanceof Promise) result.catch(() => this.#onFailure(name))
    } catch {
      this.#onFailure(name)
    }
  }
}
