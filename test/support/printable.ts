/** Every printable character of ASCII, and some beyond it. */
export const everyPrintable = `${Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')}äß€🎵`
