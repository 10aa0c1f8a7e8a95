// What the word at the caret may become. Pure.
import { fold } from '../irc/names.js';

const MOST = 8; // but all commands: they are few
const LINE_OF_IRC = /^\/(raw|quote)\s/i; // in it ':' begins the last parameter, and no emoji

// `known`: {nicks: those who spoke last first, rooms, commands: [{name, help}], findEmoji(text)}. Gives {kind, start, end,
// items: [{insert, label, hint}]}: `insert` replaces the text from `start` to `end`. Null: nothing fits.
export function completionsAt(text, caret, known) {
  const before = text.slice(0, caret);
  const [word] = /\S*$/.exec(before);
  const start = caret - word.length;
  const found = forWord(word, start, known, !LINE_OF_IRC.test(text));
  return found && found.items.length > 0 ? { start, end: caret, ...found } : null;
}

function forWord(word, start, known, hasEmoji) {
  if (start === 0 && /^\/\w*$/.test(word)) {
    return {
      kind: 'command',
      items: known.commands
        .filter(({ name }) => name.startsWith(word.slice(1).toLowerCase()))
        .map(({ name, help }) => ({ insert: `/${name} `, label: `/${name}`, hint: help })),
    };
  }
  if (hasEmoji && /^:[\w+-]{2,}$/.test(word)) {
    return {
      kind: 'emoji',
      items: known
        .findEmoji(word.slice(1))
        .map(({ char, name }) => ({ insert: `${char} `, label: char, hint: `:${name}:` })),
    };
  }
  if (word.startsWith('#')) {
    return { kind: 'room', items: matching(known.rooms, word).map((name) => ({ insert: `${name} `, label: name })) };
  }
  const at = word.startsWith('@');
  const nick = at ? word.slice(1) : word;
  if (nick === '' && !at) return null;
  // At the beginning one speaks to somebody.
  const end = start === 0 ? ': ' : ' ';
  return {
    kind: at ? 'mention' : 'nick',
    items: matching(known.nicks, nick).map((name) => ({ insert: `${name}${end}`, label: name })),
  };
}

function matching(names, beginning) {
  const wanted = fold(beginning);
  return names.filter((name) => fold(name).startsWith(wanted)).slice(0, MOST);
}

// Nicks for completion: who said something last first, then the others; not oneself.
export function nicksOf(buffer, me) {
  const recent = new Map();
  for (const { from, own } of buffer.timeline.items.slice(-200)) {
    if (!from || own) continue;
    recent.delete(fold(from));
    recent.set(fold(from), from);
  }
  const present = [...buffer.members.values()].map(({ nick }) => nick).sort();
  const person = buffer.kind === 'person' ? [buffer.name] : [];
  const all = [...[...recent.values()].reverse(), ...present, ...person];
  const seen = new Set([fold(me)]);
  return all.filter((nick) => !seen.has(fold(nick)) && seen.add(fold(nick)));
}
