// Whether a text names somebody: the nick as a word of its own, in any case. Pure.
import { fold } from '../irc/names.js';

const NICK_CHARACTER = /[\p{L}\p{N}_[\]{}|^`\\-]/u;

export function mentions(text, nick) {
  if (nick === '') return false;
  const folded = fold(text);
  const wanted = fold(nick);
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    const before = folded.slice(0, at).at(-1);
    const behind = folded.at(at + wanted.length);
    const outside = (character) => character === undefined || !NICK_CHARACTER.test(character);
    if (outside(before) && outside(behind)) return true;
  }
  return false;
}
