/** Whether a value is what Python takes for false: nothing, zero, or an empty text, list or object. */
export function isEmptyValue(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0)
}
