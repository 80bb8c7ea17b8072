/**
 * Turns what a listener of the stream throws into the stream's error: node-pg's parser throws at messages
 * that it does not know (a login by Kerberos, garbage), and nobody could catch that.
 */
export function containThrows(stream: NodeJS.ReadableStream & { destroy(error?: Error): unknown }): void {
  const emit = stream.emit.bind(stream)
  stream.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event !== 'data') return emit(event, ...values)
    try {
      return emit(event, ...values)
    } catch (thrown) {
      stream.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
      return true
    }
  }
}
