import type { CellColour, StyledRun } from '../test/support/screen-cells.ts'

export interface ScreenPicture {
  readonly cols: number
  readonly rows: number
  /** In the window's title bar, and what the picture is for those who cannot see it. */
  readonly title: string
}

const fontSize = 15
const cellWidth = 9
const cellHeight = 18
const padding = 14
const titleBar = 34

const windowColour = '#16181d'
const barColour = '#24272e'
const foreground = '#d5d8de'
/** The sixteen colours that a terminal's theme decides, dark and bright. */
const theme = [
  ...['#3b404a', '#e0707a', '#8fc27a', '#dcb86a', '#6aa9e9', '#c58ae0', '#5fbdc5', '#d5d8de'],
  ...['#7d8490', '#ef8c95', '#a8d793', '#ecce88', '#8abff5', '#d7a5ee', '#7fd4db', '#ffffff'],
]

/** A picture of a terminal's screen: a window with a title bar, and its cells as text in their colours. */
export function screenSvg(screen: readonly (readonly StyledRun[])[], picture: ScreenPicture): string {
  const width = picture.cols * cellWidth + 2 * padding
  const height = titleBar + picture.rows * cellHeight + 2 * padding
  const title = escapeXml(picture.title)
  const lights = ['#ef6a5e', '#f4bd4f', '#61c554'].map(
    (colour, index) => `<circle cx="${20 + index * 20}" cy="${titleBar / 2}" r="6" fill="${colour}"/>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    '<style>text{white-space:pre;font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}</style>',
    `<rect width="${width}" height="${height}" rx="9" fill="${windowColour}"/>`,
    `<path d="M0 ${titleBar}V9a9 9 0 0 1 9-9H${width - 9}a9 9 0 0 1 9 9V${titleBar}z" fill="${barColour}"/>`,
    ...lights,
    `<text x="${width / 2}" y="${titleBar / 2 + 4}" text-anchor="middle" font-size="13" fill="${foreground}">${title}</text>`,
    `<g font-size="${fontSize}" fill="${foreground}" xml:space="preserve">`,
    ...screen.slice(0, picture.rows).flatMap((runs, row) => runs.flatMap(run => runSvg(run, row))),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function runSvg(run: StyledRun, row: number): string[] {
  const [ink, paper] = run.inverse
    ? [colour(run.background) ?? windowColour, colour(run.foreground) ?? foreground]
    : [colour(run.foreground), colour(run.background)]
  const x = padding + run.column * cellWidth
  const y = titleBar + padding + row * cellHeight
  const length = run.width * cellWidth
  const svg: string[] = []
  if (paper !== null) {
    svg.push(`<rect x="${x}" y="${y}" width="${length}" height="${cellHeight}" fill="${paper}"/>`)
  }
  if (run.text.trim() !== '' || run.underline || run.strikethrough) {
    const lines = [run.underline && 'underline', run.strikethrough && 'line-through'].filter(Boolean)
    // textLength keeps the columns, whatever monospaced font there is.
    const attributes = Object.entries({
      x,
      y: y + 14,
      textLength: length,
      lengthAdjust: 'spacingAndGlyphs',
      ...(ink !== null && { fill: ink }),
      ...(run.bold && { 'font-weight': 'bold' }),
      ...(run.italic && { 'font-style': 'italic' }),
      ...(run.dim && { opacity: 0.6 }),
      ...(lines.length > 0 && { 'text-decoration': lines.join(' ') }),
    }).map(([name, value]) => `${name}="${value}"`)
    svg.push(`<text ${attributes.join(' ')}>${escapeXml(run.text)}</text>`)
  }
  return svg
}

/** null is the terminal's own colour. The palette is xterm's: the theme, a cube of 6 x 6 x 6, 24 greys. */
function colour(value: CellColour): string | null {
  if (value === null || typeof value === 'string') return value
  if (value < 16) return theme[value] ?? null
  if (value >= 232) return hex([0, 0, 0].map(() => 8 + (value - 232) * 10))
  const steps = [0, 95, 135, 175, 215, 255]
  const cube = value - 16
  return hex([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(step => steps[step] ?? 0))
}

function hex(channels: readonly number[]): string {
  return `#${channels.map(channel => channel.toString(16).padStart(2, '0')).join('')}`
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
