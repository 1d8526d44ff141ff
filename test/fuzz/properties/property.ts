import type fc from 'fast-check'

/** Properties by what they say: a sentence that holds whatever the input is. */
export type Properties = Readonly<Record<string, fc.IAsyncProperty<unknown>>>
