// What may be typed behind a `/`. A row of the table: how it is called, what it takes (for the help, and for how many
// words are wanted at least), what it does. `run` gets the page's parts, the conversation, and what is behind the name;
// it may give a promise, and a text is shown where it was typed.
import { splitTarget } from '../irc/names.js';
import { linesOf } from '../irc/batches.js';
import { NotOneWord } from '../irc/line.js';
import { texts } from '../texts.js';
import { Lost } from './requests.js';
import { whoisText } from './whois.js';

const c = texts.commands;

export const COMMANDS = [
  {
    name: 'away',
    takes: '[REASON]',
    help: c.away,
    run: ({ session }, buffer, text) => {
      session.setAway(text || c.awayReason);
    },
  },
  {
    name: 'back',
    takes: '',
    help: c.back,
    run: ({ session }) => {
      session.setAway(null);
    },
  },
  {
    name: 'close',
    takes: '',
    help: c.close,
    run: ({ session }, buffer) => {
      if (buffer.kind !== 'server') session.close(buffer);
    },
  },
  {
    name: 'help',
    takes: '[COMMAND]',
    help: c.help,
    run: (page, buffer, text) => (text ? helpOf(text) : page.show('help')),
  },
  {
    name: 'invite',
    takes: 'NICK',
    needs: 1,
    help: c.invite,
    run: (page, buffer, text) => inRoom(page, buffer, 'INVITE', [word(text), buffer.name]),
  },
  { name: 'join', takes: 'ROOM [KEY]', needs: 1, help: c.join, run: join },
  {
    name: 'kick',
    takes: 'NICK [REASON]',
    needs: 1,
    help: c.kick,
    run: (page, buffer, text) => inRoom(page, buffer, 'KICK', [buffer.name, word(text), behind(text)]),
  },
  { name: 'list', takes: '', help: c.list, run: (page) => page.show('rooms') },
  {
    name: 'me',
    takes: 'TEXT',
    needs: 1,
    help: c.me,
    run: ({ session }, buffer, text) => problem(session.outgoing.say(buffer, text, { action: true })),
  },
  {
    name: 'mode',
    takes: 'MODES [NICK …]',
    needs: 1,
    help: c.mode,
    run: (page, buffer, text) => inRoom(page, buffer, 'MODE', [buffer.name, ...text.split(/ +/)]),
  },
  { name: 'msg', takes: 'NICK TEXT', needs: 1, help: c.msg, run: message },
  {
    name: 'nick',
    takes: 'NICK',
    needs: 1,
    help: c.nick,
    run: ({ session }, buffer, text) => {
      session.setNick(word(text));
    },
  },
  {
    name: 'notice',
    takes: 'NICK|ROOM TEXT',
    needs: 2,
    help: c.notice,
    run: ({ session }, buffer, text) => {
      session.command(buffer, 'NOTICE', [word(text), behind(text)]);
    },
  },
  {
    name: 'part',
    takes: '[REASON]',
    help: c.part,
    run: ({ session }, buffer, text) => (buffer.kind === 'room' ? session.part(buffer, text) : c.onlyInRooms),
  },
  { name: 'quit', takes: '[REASON]', help: c.quit, run: (page, buffer, text) => page.signOut(text) },
  {
    name: 'raw',
    takes: 'LINE',
    needs: 1,
    help: c.raw,
    run: ({ session }, buffer, text) => {
      session.raw(buffer, text);
    },
  },
  { name: 'topic', takes: '[TEXT]', help: c.topic, run: topic },
  {
    name: 'whois',
    takes: 'NICK',
    needs: 1,
    help: c.whois,
    run: ({ session }, buffer, text) => whois(session, word(text)),
  },
];

const ALIASES = new Map([
  ['j', 'join'],
  ['leave', 'part'],
  ['query', 'msg'],
  ['rooms', 'list'],
  ['w', 'whois'],
  ['who', 'whois'],
  ['quote', 'raw'],
  ['exit', 'quit'],
]);

export function usageOf({ name, takes }) {
  return takes === '' ? `/${name}` : `/${name} ${takes}`;
}

// Whether it is a command, not something to say: `//x` says `/x`.
export function isCommand(typed) {
  return typed.startsWith('/') && !typed.startsWith('//');
}

// Does what was typed in that conversation. Gives what is to be told about it, or nothing.
export async function runCommand(page, buffer, typed) {
  const name = typed.slice(1).split(/\s/, 1)[0].toLowerCase();
  const rest = typed.slice(1 + name.length).trim();
  const row = COMMANDS.find((one) => one.name === (ALIASES.get(name) ?? name));
  if (!row) return c.unknown(name);
  if (rest.split(/ +/).filter((one) => one !== '').length < (row.needs ?? 0)) return c.usage(usageOf(row));
  if (!page.session.isOnline() && !LOCAL.has(row.name)) return c.offline;
  try {
    return await row.run(page, buffer, rest);
  } catch (error) {
    if (error instanceof Lost) return c.offline; // the answer can no longer come
    if (error instanceof NotOneWord) return c.usage(usageOf(row));
    throw error;
  }
}

// These need no server.
const LOCAL = new Set(['help', 'close', 'quit', 'me']);

function helpOf(text) {
  const row = COMMANDS.find(({ name }) => name === text.replace(/^\//, '').toLowerCase());
  return row ? `${usageOf(row)}: ${row.help}` : c.unknown(text);
}

async function join({ session, store }, buffer, text) {
  const { buffer: room, error } = await session.join(word(text), word(behind(text)));
  if (room) store.activate(room);
  return error;
}

function message({ session, store }, buffer, text) {
  const target = word(text);
  if (/[:,]/.test(target)) return c.usage('/msg NICK TEXT');
  const { toRank, room } = splitTarget(target);
  if (room && !store.find(room)) return c.notInRoom(room);
  const to = room ? store.find(room) : session.openPerson(target);
  const said = behind(text);
  return said === '' ? undefined : problem(session.outgoing.say(to, said, room ? { toRank } : {}));
}

function topic(page, buffer, text) {
  if (buffer.kind !== 'room') return c.onlyInRooms;
  if (text === '') return page.show('topic');
  page.session.setTopic(buffer, text);
  return undefined;
}

async function whois(session, nick) {
  const units = await session.request('WHOIS', [nick]);
  return whoisText(units.flatMap(linesOf));
}

function inRoom({ session }, buffer, command, params) {
  if (buffer.kind !== 'room') return c.onlyInRooms;
  session.command(
    buffer,
    command,
    params.filter((param) => param !== ''),
  );
  return undefined;
}

function problem(key) {
  return key === null ? undefined : texts.composer[key];
}

function word(text) {
  return text.split(/ +/)[0];
}

function behind(text) {
  return text.slice(word(text).length).trim();
}
