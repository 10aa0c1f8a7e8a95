// Names and what the server says of them (ISUPPORT). Pure.

// CASEMAPPING=ascii, which banterd has.
export function fold(name) {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function sameName(a, b) {
  return fold(a) === fold(b);
}

export function isRoom(name) {
  return name.startsWith('#');
}

// `dev` and `#dev` mean the same room.
export function roomName(text) {
  const name = text.trim();
  return name === '' || isRoom(name) ? name : `#${name}`;
}

// `@#room`, which is some of a room, to {toRank: '@', room: '#room'}. A nick has no room.
export function splitTarget(target) {
  const [, toRank, room] = /^([^#]*)(#.*)?$/s.exec(target);
  return { toRank, room };
}

export function isRoomName(name) {
  return /^#[^\s,:]+$/.test(name);
}

export function byteLength(text) {
  return new TextEncoder().encode(text).length;
}

// The numeric 005, token by token.
export class Support {
  #tokens = new Map();

  take(tokens) {
    for (const token of tokens) {
      const [, name, value = ''] = /^([^=]*)(?:=(.*))?$/s.exec(token);
      const plain = value.replace(/\\x([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
      if (name.startsWith('-')) this.#tokens.delete(name.slice(1));
      else this.#tokens.set(name, plain);
    }
  }

  number(name, otherwise) {
    const value = parseInt(this.#tokens.get(name) ?? '', 10);
    return Number.isNaN(value) ? otherwise : value;
  }

  text(name, otherwise) {
    return this.#tokens.get(name) ?? otherwise;
  }

  // The ranks, highest first: {mode: 'o', prefix: '@'}.
  ranks() {
    const [, modes = '', prefixes = ''] = /^\(([^)]*)\)(.*)$/.exec(this.text('PREFIX', '(ov)@+')) ?? [];
    return [...modes].map((mode, index) => ({ mode, prefix: prefixes[index] ?? '' }));
  }

  // Whether a mode of a room has a parameter. CHANMODES: lists, always, only when set, never.
  modeTakes(mode, adds) {
    if (this.ranks().some((rank) => rank.mode === mode)) return true;
    const [lists = '', always = '', whenSet = ''] = this.text('CHANMODES', 'b,k,l,imnst').split(',');
    return lists.includes(mode) || always.includes(mode) || (adds && whenSet.includes(mode));
  }
}

// `@%ada!user@host` of NAMES: {nick, ranks: '@%'}.
export function parseMember(text, support) {
  const prefixes = new Set(support.ranks().map((rank) => rank.prefix));
  let at = 0;
  while (at < text.length && prefixes.has(text[at])) at += 1;
  return { nick: text.slice(at).split('!')[0], ranks: text.slice(0, at) };
}
