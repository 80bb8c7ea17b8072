/**
 * Stands for Intl.Segmenter in the bundle: the first real one takes 10 to 20 ms to make, and Ink's libraries make
 * one each when they are loaded. Text of simple characters, each of which is always one of its own (Unicode UAX
 * 29: neither mark, joiner nor part of an emoji, and no carriage return), is cut without it.
 */
export class LazySegmenter {
  private readonly locales: Intl.LocalesArgument
  private readonly options: Intl.SegmenterOptions | undefined
  private real: Intl.Segmenter | undefined

  constructor(locales?: Intl.LocalesArgument, options?: Intl.SegmenterOptions) {
    this.locales = locales
    this.options = options
  }

  segment(text: string): Segments {
    if ((this.options?.granularity ?? 'grapheme') === 'grapheme' && SIMPLE_TEXT.test(text))
      return simpleSegments(text)
    // By name, because the bundler puts this class in place of it.
    const Segmenter = Reflect.get(Intl, 'Segmenter') as typeof Intl.Segmenter
    this.real ??= new Segmenter(this.locales, this.options)
    return this.real.segment(text)
  }
}

/** From the build: the signs that the program itself draws with. */
declare const SIMPLE_SIGNS: string

/** ASCII, escape sequences, line feeds and the program's own signs. */
export const SIMPLE_TEXT = new RegExp(`^[\\x1b\\n\\x20-\\x7e${SIMPLE_SIGNS}]*$`)

interface Segment {
  readonly segment: string
  readonly index: number
  readonly input: string
}

/** What Intl.Segmenter gives (ECMA-402, 18.5 "Segments Objects"). */
interface Segments extends Iterable<Segment> {
  containing(index?: number): Segment | undefined
}

function simpleSegments(input: string): Segments {
  const at = (index: number): Segment => ({ segment: input.charAt(index), index, input })
  return {
    *[Symbol.iterator]() {
      for (let index = 0; index < input.length; index++) yield at(index)
    },
    containing: (index = 0) => (index >= 0 && index < input.length ? at(Math.trunc(index)) : undefined),
  }
}
