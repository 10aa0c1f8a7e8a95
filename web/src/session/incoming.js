// What the server sends, line by line, into the store.
import { linesOf } from '../irc/batches.js';
import { joinParts } from '../irc/parts.js';
import { isRoom, parseMember, sameName, splitTarget } from '../irc/names.js';
import { mentions } from '../chat/mentions.js';
import { changeRanks } from '../chat/ranks.js';
import { plainText } from '../format/codes.js';
import { serverTime } from '../format/time.js';
import { texts } from '../texts.js';
import { NONCE_TAG } from './outgoing.js';

// Numerics that are told only to who asked for them: they also come with every greeting.
const GREETING = new Set(['002', '003', '004', '221', '250', '251', '252', '253', '254', '255', '265', '266']);

// Numerics that say nothing to a person, or what is said elsewhere on the page.
const SILENT = new Set([
  '315',
  '323',
  '329',
  '366',
  '368',
  '369',
  '375',
  '331',
  '732',
  '733',
  '734',
  '354',
  '396',
]);

// Who gets written to by more people at a time reads the others among what the server says.
const MOST_PEOPLE = 100;

export class Incoming {
  constructor(session) {
    this.session = session;
    this.store = session.store;
  }

  // `entry`: the command that this answers, if it answers one.
  take(unit, entry) {
    if (unit.batch === 'draft/multiline' || unit.command === 'PRIVMSG' || unit.command === 'NOTICE')
      return this.#said(unit);
    if (unit.batch !== undefined) {
      for (const one of unit.items) this.take(one, entry);
      return undefined;
    }
    const handler = HANDLERS[unit.command];
    if (handler) return handler.call(this, unit, entry);
    if (/^\d\d\d$/.test(unit.command)) return this.#numeric(unit, entry);
    return undefined;
  }

  // What a message says, as a timeline has it, without asking whether it is known. Null: it says nothing to a person.
  saidOf(unit) {
    const first = unit.batch === undefined ? unit : linesOf(unit)[0];
    if (!first || (first.command !== 'PRIVMSG' && first.command !== 'NOTICE')) return null;
    const raw = unit.batch === undefined ? (unit.params[1] ?? '') : joinParts(linesOf(unit));
    const ctcp = /^\x01([^ \x01]*) ?([^\x01]*)\x01?$/s.exec(raw);
    if (ctcp && ctcp[1] !== 'ACTION') return null;
    const text = ctcp ? ctcp[2] : raw;
    const source = unit.source ?? first.source ?? { nick: '', mask: '' };
    const own = sameName(source.nick, this.store.me.nick);
    const kind = ctcp ? 'action' : first.command === 'NOTICE' ? 'notice' : 'message';
    return {
      kind,
      text,
      own,
      from: source.nick,
      source,
      target: first.params[0],
      time: serverTime(unit.tags.get('time'), Date.now()),
      msgid: unit.tags.get('msgid'),
      nonce: unit.tags.get(NONCE_TAG),
      reply: unit.tags.get('+draft/reply') ?? unit.tags.get('+reply'),
      bot: unit.tags.has('bot'),
      mention: !own && mentions(plainText(text), this.store.me.nick),
    };
  }

  #said(unit) {
    const said = this.saidOf(unit);
    if (!said) return;
    if (said.own) this.store.me.mask = said.source.mask;
    const { buffer, toRank } = this.#placeOf(said);
    if (!buffer) return;
    buffer.setTyping(said.from, 'done', 0);
    this.store.changed('typing');
    this.store.add(buffer, { ...said, toRank });
  }

  // `@#room` reaches only some of a room.
  #placeOf({ from, own, source, target }) {
    const { toRank, room } = splitTarget(target);
    if (room) return { buffer: this.store.find(room), toRank };
    if (source.user === '' && source.host === '') return { buffer: this.store.server };
    const other = own ? target : from;
    if (!this.store.find(other) && this.store.people() >= MOST_PEOPLE) return { buffer: this.store.server };
    const buffer = this.store.open(other);
    if (buffer.timeline.items.length === 0 && buffer.timeline.pending.length === 0) this.session.watch(buffer, true);
    return { buffer };
  }

  event(buffer, line, fields) {
    const { nick } = line.source ?? { nick: '' };
    this.store.add(buffer, {
      kind: 'event',
      nick,
      own: sameName(nick, this.store.me.nick),
      time: serverTime(line.tags.get('time'), Date.now()),
      msgid: line.tags.get('msgid'),
      ...fields,
    });
  }

  tell(buffer, text, kind = 'info') {
    this.store.add(buffer ?? this.store.server, { kind, text, time: Date.now() });
  }

  // A refusal belongs to the message that was refused, or to where the command was typed.
  refuse(text, entry, about) {
    if (entry?.item) {
      entry.buffer.timeline.setState(entry.item, 'failed', text);
      this.store.changed('items');
    } else if (!entry?.joins || entry.buffer) {
      this.tell(entry?.buffer ?? (about && this.store.find(about)) ?? this.store.current, text, 'error');
    }
  }

  #numeric({ command, params }, entry) {
    if (SILENT.has(command) || (GREETING.has(command) && !entry)) return;
    const words = params.slice(1);
    if (/^[45]/.test(command)) {
      const named = words.length > 1 ? `${words.slice(0, -1).join(' ')}: ${words.at(-1)}` : (words[0] ?? '');
      this.refuse(named, entry, words[0]);
    } else {
      this.tell(entry?.buffer, words.join(' '));
    }
  }

  // Everywhere where somebody is.
  everywhere(nick) {
    return [...this.store.buffers.values()].filter((buffer) =>
      buffer.kind === 'room'
        ? buffer.member(nick) !== undefined
        : buffer.kind === 'person' && sameName(buffer.name, nick),
    );
  }

  isMe(nick) {
    return sameName(nick, this.store.me.nick);
  }
}

// `this` is Incoming.
const HANDLERS = {
  JOIN(line, entry) {
    const { nick, mask } = line.source;
    const [name] = line.params;
    if (this.isMe(nick)) {
      this.store.me.mask = mask;
      // Closed meanwhile: a PART is on its way.
      if (entry?.joins && entry.buffer && this.store.find(name) !== entry.buffer) return;
      const buffer = this.store.open(name);
      buffer.name = name;
      buffer.members.clear();
      this.session.entered(buffer);
      return;
    }
    const buffer = this.store.find(name);
    if (!buffer) return;
    buffer.setMember(nick, { ranks: '', away: false });
    this.event(buffer, line, { event: 'join' });
    this.store.changed('members');
  },

  PART(line) {
    const [name, reason = ''] = line.params;
    const buffer = this.store.find(name);
    if (!buffer) return;
    buffer.removeMember(line.source.nick);
    this.event(buffer, line, { event: 'part', reason });
    if (this.isMe(line.source.nick)) this.session.left(buffer);
    this.store.changed('members', 'list', 'header');
  },

  KICK(line) {
    const [name, nick, reason = ''] = line.params;
    const buffer = this.store.find(name);
    if (!buffer) return;
    buffer.removeMember(nick);
    this.event(buffer, line, { event: 'kick', who: nick, reason });
    if (this.isMe(nick)) this.session.left(buffer, texts.room.kicked(line.source.nick, reason));
    this.store.changed('members', 'list', 'header');
  },

  QUIT(line) {
    const { nick } = line.source;
    for (const buffer of this.everywhere(nick)) {
      buffer.removeMember(nick);
      if (buffer.kind === 'person') buffer.gone();
      this.event(buffer, line, { event: 'quit', reason: line.params[0] ?? '' });
    }
    this.store.changed('members', 'list', 'header');
  },

  NICK(line) {
    const { nick } = line.source;
    const [to] = line.params;
    for (const buffer of this.everywhere(nick)) {
      buffer.renameMember(nick, to);
      this.event(buffer, line, { event: 'nick', to });
    }
    for (const buffer of this.store.buffers.values()) buffer.timeline.renameReactions(nick, to);
    if (this.isMe(nick)) this.session.renamed(to);
    else this.session.follow(nick, to);
    this.store.changed('members', 'items');
  },

  TOPIC(line) {
    const [name, topic = ''] = line.params;
    const buffer = this.store.find(name);
    if (!buffer) return;
    Object.assign(buffer, { topic, topicBy: line.source.nick });
    this.event(buffer, line, { event: 'topic', topic });
    this.store.changed('header');
  },

  MODE(line) {
    const [name, letters = '', ...rest] = line.params;
    const buffer = isRoom(name) ? this.store.find(name) : undefined;
    if (!buffer) return;
    changeRanks(buffer, letters, rest, this.store.support);
    this.event(buffer, line, { event: 'mode', modes: [letters, ...rest].join(' ') });
    this.store.changed('members');
  },

  AWAY(line) {
    const { nick } = line.source;
    const reason = line.params[0] ?? null;
    for (const buffer of this.everywhere(nick)) {
      if (buffer.kind === 'room') buffer.setMember(nick, { away: reason !== null });
      else buffer.away = reason;
    }
    this.store.changed('members', 'list', 'header');
  },

  INVITE(line) {
    const [nick, room] = line.params;
    const by = line.source.nick;
    if (this.isMe(nick)) this.tell(this.store.current, texts.events.invitesYou(by, room));
    else this.tell(this.store.find(room), texts.events.invites(by, nick, room));
  },

  REDACT(line) {
    const [name, msgid, reason = ''] = line.params;
    const buffer = this.store.find(name);
    const item = buffer?.timeline.redact(msgid, line.source.nick, reason);
    if (item && buffer.replyTo === item) buffer.replyTo = null;
    this.store.changed('items');
  },

  TAGMSG(line) {
    const { nick } = line.source;
    const own = this.isMe(nick);
    const buffer = this.store.find(isRoom(line.params[0]) || own ? line.params[0] : nick);
    if (!buffer) return;
    const typing = line.tags.get('+typing');
    if (typing !== undefined && !own) {
      buffer.setTyping(nick, typing, Date.now());
      this.store.changed('typing');
    }
    const to = line.tags.get('+draft/reply') ?? line.tags.get('+reply');
    for (const [tag, adds] of [
      ['+draft/react', true],
      ['+draft/unreact', false],
    ]) {
      const emoji = plainText(line.tags.get(tag) ?? '').trim();
      if (to && emoji !== '' && [...emoji].length <= 24) buffer.timeline.react(to, emoji, nick, adds);
    }
    if (to) this.store.changed('items');
  },

  FAIL(line, entry) {
    this.refuse(line.params.at(-1) ?? '', entry, line.params[2]);
  },
  WARN(line, entry) {
    this.tell(entry?.buffer ?? this.store.current, line.params.at(-1) ?? '');
  },
  NOTE(line, entry) {
    this.tell(entry?.buffer ?? this.store.current, line.params.at(-1) ?? '');
  },

  ERROR(line) {
    const text = (line.params[0] ?? '').replace(/^Closing link: /, '');
    this.session.lastWords(text);
    this.tell(this.store.server, text, 'error');
  },

  '001'(line) {
    this.session.welcomed(line.params[0]);
    this.tell(this.store.server, line.params.at(-1));
  },
  '005'(line) {
    this.store.support.take(line.params.slice(1, -1));
    this.store.changed('list', 'header');
  },
  372(line) {
    this.tell(this.store.server, line.params.at(-1));
  },
  376() {
    this.session.ready();
  },
  422() {
    this.session.ready();
  },
  464(line, entry) {
    // Who is here has been let in: it answers his OPER.
    if (this.session.isOnline()) this.refuse(line.params.at(-1), entry);
    else this.session.turnedAway('password', line.params.at(-1));
  },
  465(line) {
    this.session.turnedAway('banned', line.params.at(-1));
  },

  301(line) {
    const [, nick, reason = ''] = line.params;
    const buffer = this.store.find(nick);
    if (!buffer || buffer.away === reason) return;
    buffer.away = reason;
    this.store.changed('list', 'header');
  },
  305() {
    this.store.me.away = null;
    this.store.changed('me');
  },
  306() {
    this.store.me.away ??= '';
    this.store.changed('me');
  },
  332(line) {
    const buffer = this.store.find(line.params[1]);
    if (buffer) buffer.topic = line.params[2] ?? '';
    this.store.changed('header');
  },
  333(line) {
    const buffer = this.store.find(line.params[1]);
    if (buffer) buffer.topicBy = (line.params[2] ?? '').split('!')[0];
    this.store.changed('header');
  },
  331(line) {
    const buffer = this.store.find(line.params[1]);
    if (buffer) buffer.topic = '';
    this.store.changed('header');
  },
  353(line) {
    const buffer = this.store.find(line.params[2]);
    if (!buffer) return;
    for (const word of (line.params[3] ?? '').split(' ')) {
      const { nick, ranks } = parseMember(word, this.store.support);
      if (nick !== '') buffer.setMember(nick, { ranks });
    }
  },
  366(line) {
    const buffer = this.store.find(line.params[1]);
    if (buffer) this.session.namesComplete(buffer);
    this.store.changed('members', 'header');
  },
  730(line) {
    for (const mask of line.params[1].split(',')) {
      const buffer = this.store.find(mask.split('!')[0]);
      if (buffer) buffer.online = true;
    }
    this.store.changed('list', 'header');
  },
  731(line) {
    for (const nick of line.params[1].split(',')) {
      const buffer = this.store.find(nick);
      buffer?.gone();
      this.session.nickIsFree(nick);
    }
    this.store.changed('list', 'header');
  },
};
