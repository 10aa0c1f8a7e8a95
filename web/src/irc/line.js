// One line of IRC to its parts and back (RFC 1459 section 2.3, IRCv3 "Message Tags"). Pure. Lines have no CR LF here:
// a WebSocket message is a line.

const TAG_ESCAPES = new Map([
  [':', ';'],
  ['s', ' '],
  ['\\', '\\'],
  ['r', '\r'],
  ['n', '\n'],
]);

function unescapeTag(value) {
  return value.replace(/\\(.?)/g, (_, letter) => TAG_ESCAPES.get(letter) ?? letter);
}

function escapeTag(value) {
  return value.replace(/[; \\\r\n]/g, (found) => {
    for (const [letter, plain] of TAG_ESCAPES) if (plain === found) return `\\${letter}`;
    return found;
  });
}

function parseTags(text) {
  const tags = new Map();
  for (const tag of text.split(';')) {
    const equals = tag.indexOf('=');
    if (equals < 0) tags.set(tag, '');
    else tags.set(tag.slice(0, equals), unescapeTag(tag.slice(equals + 1)));
  }
  tags.delete('');
  return tags;
}

// `nick!user@host`, or a server's name, which is then the nick.
export function parseSource(text) {
  const [, nick, user = '', host = ''] = /^([^!@]*)(?:!([^@]*))?(?:@(.*))?$/.exec(text) ?? [null, text];
  return { nick, user, host, mask: text };
}

// {tags: Map, source: {nick, user, host, mask} or null, command: in upper case, params: []}. Null: there is no command.
export function parseLine(text) {
  let rest = text.replace(/[\r\n]+$/, '');
  const takeWord = () => {
    const [, word, behind] = /^([^ ]*) *(.*)$/s.exec(rest);
    rest = behind;
    return word;
  };
  const tags = rest.startsWith('@') ? parseTags(takeWord().slice(1)) : new Map();
  const source = rest.startsWith(':') ? parseSource(takeWord().slice(1)) : null;
  const command = takeWord().toUpperCase();
  if (command === '') return null;
  const params = [];
  while (rest !== '') {
    if (rest.startsWith(':')) {
      params.push(rest.slice(1));
      break;
    }
    params.push(takeWord());
  }
  return { tags, source, command, params };
}

export class NotOneWord extends Error {}

// The other way round. `tags` is a Map or an object. What would end the line early becomes a space, so nobody can
// smuggle in a second command. Throws NotOneWord where a parameter other than the last is none.
export function formatLine(command, params = [], tags = {}) {
  const clean = params.map((param) => String(param).replace(/[\r\n\0]/g, ' '));
  const last = clean.pop();
  for (const param of clean) {
    if (param === '' || param.startsWith(':') || param.includes(' ')) throw new NotOneWord(param);
  }
  const words = [command, ...clean];
  if (last !== undefined) words.push(`:${last}`);
  const entries = [...(tags instanceof Map ? tags : Object.entries(tags))];
  const written = entries.map(([name, value]) => (value === '' ? name : `${name}=${escapeTag(String(value))}`));
  return (written.length > 0 ? `@${written.join(';')} ` : '') + words.join(' ');
}
