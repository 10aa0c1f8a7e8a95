// Cuts what somebody typed into the lines that it takes to say it. Pure.
import { byteLength } from './names.js';

// The longest beginning of `text` that has at most `most` bytes, cut between characters and, where a space is near the
// end, between words.
function beginning(text, most) {
  if (byteLength(text) <= most) return text;
  let taken = '';
  let bytes = 0;
  for (const character of text) {
    bytes += byteLength(character);
    if (bytes > most) break;
    taken += character;
  }
  const space = taken.lastIndexOf(' ');
  return space > taken.length / 2 ? taken.slice(0, space + 1) : taken;
}

// [{text, joins}]: a line that `joins` goes on where the one before it was cut.
export function partsOf(text, most) {
  const parts = [];
  for (const line of text.split('\n')) {
    let rest = line;
    let joins = false;
    do {
      const part = beginning(rest, most);
      parts.push({ text: part, joins });
      rest = rest.slice(part.length);
      joins = true;
    } while (rest !== '');
  }
  return parts;
}

// The text of a batch of several lines. `lines` are those of parseLine().
export function joinParts(lines) {
  let text = '';
  lines.forEach((line, index) => {
    if (index > 0 && !line.tags.has('draft/multiline-concat')) text += '\n';
    text += line.params[1] ?? '';
  });
  return text;
}
