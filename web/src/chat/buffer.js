// A conversation: a room, a person, or the server. Pure.
import { fold, isRoom } from '../irc/names.js';
import { Timeline } from './timeline.js';

// While the newest lines are looked at, no more than so many are kept; older ones are fetched again when asked for.
export const KEPT_ITEMS = 800;
// Who reads far back may have so many.
const MOST_ITEMS = 5000;
const TYPING_MS = 6000;
const PAUSED_MS = 30000;

export class Buffer {
  timeline = new Timeline();
  members = new Map(); // by folded nick: {nick, ranks: '@+', away}
  topic = '';
  topicBy = '';
  joined = false;
  joining = 0; // JOINs that are not answered yet
  password = ''; // the key that let one in
  why = ''; // not joined: why not
  online = true; // of a person
  away = null; // of a person: null, or the reason
  unread = 0;
  mentions = 0;
  marker = 0; // the key of the first item that was new when the conversation was opened
  typing = new Map(); // nick → until when
  past = 'unknown'; // unknown, loading, more, all: what is older than the timeline
  draft = '';
  replyTo = null; // an item
  recall = []; // what was sent from here, newest last

  constructor(name, kind) {
    this.name = name;
    this.kind = kind;
    this.key = kind === 'server' ? '' : fold(name);
  }

  static kindOf(name) {
    return isRoom(name) ? 'room' : 'person';
  }

  setMember(nick, fields) {
    const key = fold(nick);
    const known = this.members.get(key) ?? { nick, ranks: '', away: false };
    this.members.set(key, { ...known, ...fields, nick });
  }

  member(nick) {
    return this.members.get(fold(nick));
  }

  removeMember(nick) {
    this.typing.delete(nick);
    return this.members.delete(fold(nick));
  }

  renameMember(from, to) {
    const member = this.member(from);
    if (!member) return false;
    this.members.delete(fold(from));
    this.members.set(fold(to), { ...member, nick: to });
    this.typing.delete(from);
    return true;
  }

  // The person has left the server, and is not away any more upon coming back.
  gone() {
    Object.assign(this, { online: false, away: null });
  }

  setTyping(nick, state, now) {
    if (state === 'active') this.typing.set(nick, now + TYPING_MS);
    else if (state === 'paused') this.typing.set(nick, now + PAUSED_MS);
    else this.typing.delete(nick);
  }

  // Who is typing; forgets who has stopped without a word.
  typingNow(now) {
    for (const [nick, until] of this.typing) if (until <= now) this.typing.delete(nick);
    return [...this.typing.keys()];
  }

  // Only what is looked at from afar, or at its end, is shortened under the reader's eyes.
  trim(atEnd) {
    if (this.timeline.trim(atEnd ? KEPT_ITEMS : MOST_ITEMS) && this.past === 'all') this.past = 'more';
  }

  remember(text) {
    this.recall = [...this.recall.filter((other) => other !== text), text].slice(-50);
  }
}

// By rank, then by name.
export function sortedMembers(buffer, ranks) {
  const order = new Map(ranks.map((rank, index) => [rank.prefix, index]));
  const rankOf = (member) => order.get(member.ranks[0]) ?? ranks.length;
  return [...buffer.members.values()].sort((a, b) => rankOf(a) - rankOf(b) || compareNames(a.nick, b.nick));
}

function compareNames(a, b) {
  const [left, right] = [fold(a), fold(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
