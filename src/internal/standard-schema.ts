/**
 * What is used of Standard Schema 1 (https://standardschema.dev), the interface that zod, valibot, arktype and others
 * share. A copy of the types, as the standard proposes, so that no package is needed.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One fault that a schema found. */
export interface StandardIssue {
  /** The words of the schema library; they may quote the value. */
  readonly message: string
  /** The way to the faulty member, from the outside in; absent or empty where the whole is meant. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Whether a value is a schema of version 1. Those of arktype are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard: unknown = (value as Partial<StandardSchema>)['~standard']
  if (typeof standard !== 'object' || standard === null) return false
  const { version, validate } = standard as Partial<StandardSchema['~standard']>
  return version === 1 && typeof validate === 'function'
}
