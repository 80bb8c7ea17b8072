/**
 * The sequences that show something secret so that it does not stay. The alternate screen has no scrollback,
 * but not every terminal has one (screen(1) by default, tmux with `alternate-screen off`): so what is shown
 * never scrolls, and is taken away row by row. Erasing the whole display would push it into the scrollback of
 * tmux and of screen.
 */
const enter = '\x1b[?1049h\x1b[2J'
const leave = '\x1b[?1049l'
const home = '\x1b[H'
const eraseRow = '\x1b[2K'

/** Shows lines on an empty screen; the cursor stands behind the last one. */
export function showSecretScreen(lines: readonly string[]): string {
  return `${enter}${home}${lines.map(line => `${eraseRow}${line}`).join('\r\n')}`
}

/** Takes them away, and brings back what was there before. `rows` is the height of the terminal. */
export function hideSecretScreen(rows: number): string {
  const erased = Array.from({ length: rows }, (_, row) => `\x1b[${row + 1};1H${eraseRow}`).join('')
  return `${erased}${home}${leave}`
}
