/** The bytes of a configuration file as a text that gives the same bytes again. */
export interface HbaContents {
  readonly text: string
  /** latin1 where they are no UTF-8: then each character stands for one byte. */
  readonly encoding: 'utf8' | 'latin1'
}

/** Decodes so that encodeContents gives the same bytes. */
export function decodeContents(bytes: Uint8Array): HbaContents {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text, encoding: 'utf8' }
  } catch {
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    return { text, encoding: 'latin1' }
  }
}

/** The bytes again. @throws RangeError for a character that no byte can be */
export function encodeContents({ text, encoding }: HbaContents): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(text)
  return Uint8Array.from(text, character => {
    const code = character.charCodeAt(0)
    if (code > 255) throw new RangeError('a file that is no UTF-8 can take no such character')
    return code
  })
}
