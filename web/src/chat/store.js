// All that the page knows: who one is, the connection, the conversations. Pure: whoever changes it says what has changed,
// and whoever shows it is told.
//
// Topics of changes: connection, me, list (the conversations and their counts), active, items, members, header, typing,
// settings.
import { Support, fold } from '../irc/names.js';
import { Buffer } from './buffer.js';

export class Store {
  me = { nick: '', mask: '', away: null };
  // phase: signed_out, connecting, online, waiting, ended
  connection = { phase: 'signed_out', retryAt: 0, why: '', problem: null };
  support = new Support();
  buffers = new Map(); // by key; the server's is ''
  active = '';
  looking = true; // somebody looks at the page
  #listeners = [];

  constructor() {
    this.server = new Buffer('', 'server');
    this.buffers.set('', this.server);
  }

  // Everything but the connection.
  forget() {
    this.me = { nick: '', mask: '', away: null };
    this.server = new Buffer('', 'server');
    this.buffers = new Map([['', this.server]]);
    this.active = '';
    this.changed('me', 'active', 'list', 'items', 'members', 'header', 'typing');
  }

  // `listener({topics, added})`; `added` is {buffer, item} where something new was said or happened.
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  changed(...topics) {
    this.#tell({ topics });
  }

  get current() {
    return this.buffers.get(this.active) ?? this.server;
  }

  find(name) {
    return this.buffers.get(fold(name));
  }

  // The conversation of that name; made if it is not there.
  open(name) {
    let buffer = this.find(name);
    if (!buffer) {
      buffer = new Buffer(name, Buffer.kindOf(name));
      this.buffers.set(buffer.key, buffer);
      this.changed('list');
    }
    return buffer;
  }

  // Rooms, then people, each by name; the server first.
  ordered() {
    const order = { server: 0, room: 1, person: 2 };
    return [...this.buffers.values()].sort((a, b) => order[a.kind] - order[b.kind] || (a.key < b.key ? -1 : 1));
  }

  rooms() {
    return this.ordered().filter((buffer) => buffer.kind === 'room');
  }

  // How many people one talks with.
  people() {
    return [...this.buffers.values()].filter(({ kind }) => kind === 'person').length;
  }

  activate(buffer) {
    const left = this.current;
    if (left !== buffer) left.marker = 0;
    if (buffer.unread > 0) buffer.marker = firstUnread(buffer);
    this.active = buffer.key;
    this.read(buffer);
    buffer.trim(true);
    this.changed('active', 'list', 'items', 'members', 'header', 'typing');
  }

  read(buffer) {
    if (buffer.unread === 0 && buffer.mentions === 0) return;
    buffer.unread = 0;
    buffer.mentions = 0;
    this.changed('list');
  }

  close(buffer) {
    const ordered = this.ordered();
    const next = ordered[ordered.indexOf(buffer) + 1] ?? ordered[ordered.indexOf(buffer) - 1] ?? this.server;
    this.buffers.delete(buffer.key);
    if (this.active === buffer.key) this.activate(next);
    this.changed('list');
  }

  // A person's conversation follows the nick. If there is one of the new name already, both stay.
  rename(from, to) {
    const buffer = this.find(from);
    if (!buffer || (fold(from) !== fold(to) && this.find(to))) return;
    this.buffers.delete(buffer.key);
    const wasActive = this.active === buffer.key;
    buffer.name = to;
    buffer.key = fold(to);
    this.buffers.set(buffer.key, buffer);
    if (wasActive) this.active = buffer.key;
    this.changed('list', 'header');
  }

  // Puts an item where it belongs and counts it, unless it is seen at once. Gives the item, or null if it was known.
  add(buffer, fields) {
    const item = buffer.timeline.add(fields);
    if (!item) return null;
    this.count(buffer, [item]);
    buffer.trim(!this.isSeen(buffer));
    this.#tell({ topics: ['items'], added: { buffer, item } });
    return item;
  }

  // New to the reader, unless it is seen at once.
  count(buffer, items) {
    const news = items.filter((item) => isNews(item));
    if (news.length === 0) return;
    if (this.isSeen(buffer)) return;
    if (buffer === this.current && buffer.unread === 0) buffer.marker = news[0].key;
    buffer.unread += news.length;
    buffer.mentions += news.filter((item) => item.mention || buffer.kind === 'person').length;
    this.changed('list');
  }

  isSeen(buffer) {
    return this.looking && buffer === this.current;
  }

  look(looking) {
    this.looking = looking;
    if (looking) this.read(this.current);
  }

  #tell(change) {
    for (const listener of this.#listeners) listener(change);
  }

  totals() {
    let unread = 0;
    let mentions = 0;
    for (const buffer of this.buffers.values()) {
      unread += buffer.unread;
      mentions += buffer.mentions;
    }
    return { unread, mentions };
  }
}

export function isNews(item) {
  return !item.own && (item.kind === 'message' || item.kind === 'action' || item.kind === 'notice');
}

function firstUnread(buffer) {
  const news = buffer.timeline.items.filter(isNews);
  return (news[Math.max(0, news.length - buffer.unread)] ?? {}).key ?? 0;
}
