// Finds what can be followed in a text: addresses of the web, and rooms. Pure.

const CANDIDATE = /https?:\/\/[^\s<>"\x00-\x1f]+|(?<![\p{L}\p{N}_&/#])#[\p{L}\p{N}][^\s,:<>"'()[\]{}\x00-\x1f]*/giu;
const TRAILING = /[.,;:!?'"»”’*_~]+$/u;
const BRACKETS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
];

// [{text}], [{text, href}] or [{text, room}], which together are the text.
export function pieces(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const candidate = trimmed(match[0]);
    const piece = candidate.startsWith('#') ? roomPiece(candidate) : linkPiece(candidate);
    if (!piece) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push(piece);
    end = match.index + candidate.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

// Only these two schemes, whatever else a browser would follow.
function linkPiece(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  return { text, href: url.href };
}

// `#1` is most often a number.
function roomPiece(text) {
  return /^#\d+$/.test(text) || text.length > 64 ? null : { text, room: text };
}

// A sentence's end is not part of the address, nor is a bracket that was opened before it.
function trimmed(text) {
  let rest = text;
  for (;;) {
    const before = rest;
    rest = rest.replace(TRAILING, '');
    for (const [open, close] of BRACKETS) {
      if (rest.endsWith(close) && count(rest, close) > count(rest, open)) rest = rest.slice(0, -1);
    }
    if (rest === before) return rest;
  }
}

function count(text, character) {
  return text.split(character).length - 1;
}
