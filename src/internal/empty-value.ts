/** Whether a value is what Python takes for false: nothing, zero, or an empty text, list or object. */
export function isEmptyValue(value: unknown): boolean {
  // The keys of a long array would all be written out.
  if (Array.isArray(value)) return value.length === 0
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}
