/**
 * A text of its own, from one in ASCII. What is cut out of a text keeps all of it in memory: of a request that is the whole
 * header, other cookies included.
 */
export function copyOfText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
