// IRC's formatting codes (https://modern.ircdocs.horse/formatting) to runs of text. Pure.
import { paletteColour } from './colours.js';

const BOLD = '\x02';
const ITALIC = '\x1d';
const UNDERLINE = '\x1f';
const STRIKE = '\x1e';
const MONO = '\x11';
const REVERSE = '\x16';
const COLOUR = '\x03';
const HEX_COLOUR = '\x04';
const RESET = '\x0f';

const TOGGLES = new Map([
  [BOLD, 'bold'],
  [ITALIC, 'italic'],
  [UNDERLINE, 'underline'],
  [STRIKE, 'strike'],
  [MONO, 'mono'],
  [REVERSE, 'reverse'],
]);

// Characters that turn the direction of what follows: with them an address can be made to look like another.
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
const REPLACEMENT = '\ufffd';

// [{text, bold, italic, underline, strike, mono, reverse, fg, bg}]; colours are `#rrggbb` or null. Other control
// characters vanish; those that turn the direction of text are replaced, so that it is seen that something was there.
export function runsOf(text) {
  const runs = [];
  let style = plain();
  let collected = '';
  const flush = () => {
    if (collected !== '') runs.push({ text: collected, ...style });
    collected = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const toggle = TOGGLES.get(character);
    if (toggle) {
      flush();
      style = { ...style, [toggle]: !style[toggle] };
    } else if (character === RESET) {
      flush();
      style = plain();
    } else if (character === COLOUR || character === HEX_COLOUR) {
      flush();
      const found = (character === COLOUR ? DIGITS : HEX).exec(text.slice(at + 1));
      const read = character === COLOUR ? (code) => paletteColour(Number(code)) : (code) => `#${code.toLowerCase()}`;
      at += found[0].length;
      style = { ...style, ...coloursOf(found, style, read) };
    } else if (character >= ' ' || character === '\n' || character === '\t') {
      collected += TURNS.test(character) ? REPLACEMENT : character;
    }
  }
  flush();
  return runs;
}

// The same without codes.
export function plainText(text) {
  return runsOf(text)
    .map((run) => run.text)
    .join('');
}

export function hasCodes(text) {
  return /[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]/.test(text);
}

const DIGITS = /^(?:(\d{1,2})(?:,(\d{1,2}))?)?/;
const HEX = /^(?:([0-9A-Fa-f]{6})(?:,([0-9A-Fa-f]{6}))?)?/;

// A code without numbers ends both colours.
function coloursOf([, fg, bg], style, read) {
  if (fg === undefined) return { fg: null, bg: null };
  return { fg: read(fg), bg: bg === undefined ? style.bg : read(bg) };
}

function plain() {
  return {
    bold: false,
    italic: false,
    underline: false,
    strike: false,
    mono: false,
    reverse: false,
    fg: null,
    bg: null,
  };
}
