// One person's stay on the server, over as many connections as it takes: signs in, comes back after a loss with the same
// nick into the same rooms, and gives what comes in to Incoming. The parts of the page call its methods and look at the
// store for what has become of it.
import { Batches, linesOf } from '../irc/batches.js';
import { formatLine, parseLine } from '../irc/line.js';
import { Support, isRoomName, roomName, sameName } from '../irc/names.js';
import { texts } from '../texts.js';
import { History } from './history.js';
import { Incoming } from './incoming.js';
import { Outgoing } from './outgoing.js';
import { Registration } from './registration.js';
import { Requests } from './requests.js';

const WHO_MOST_MEMBERS = 500; // of larger rooms one learns only who goes away from now on

export class Session {
  #registration = null;
  #batches = new Batches();
  #requests = new Requests();
  #wish = { nick: '', rooms: [], password: '' };
  #stays = false; // signed in once: what is lost comes back
  #lastWords = '';

  // `connect(on)` makes the connection (net/connection.js).
  constructor(store, connect) {
    this.store = store;
    this.incoming = new Incoming(this);
    this.outgoing = new Outgoing(this);
    this.history = new History(this);
    this.connection = connect({ state: () => this.#moved(), line: (text) => this.#received(text) });
  }

  // ---- coming and going ----

  // `resumes`: was here before the page was loaded again, and comes back as after a loss.
  signIn({ nick, rooms, password = '', resumes = false }) {
    this.#wish = { nick, rooms: [...rooms], password };
    this.#stays = resumes;
    this.#problem(null);
    if (this.connection.state === 'open' && this.#registration && !password) this.#registration.again(nick);
    else {
      this.connection.close();
      this.connection.open();
    }
  }

  signOut(reason = '') {
    this.sendLine(formatLine('QUIT', [reason]));
    this.#stays = false;
    this.connection.close();
    this.store.forget();
  }

  retryNow() {
    this.connection.retryNow();
  }

  // ---- rooms and people ----

  // Gives {buffer}, or {error: text}. Without a key the one is tried that let one in before.
  async join(name, givenKey = '') {
    const room = roomName(name);
    if (!isRoomName(room)) return { error: texts.signIn.roomWrong };
    const known = this.store.find(room);
    const key = givenKey || (known?.password ?? '');
    const units = await this.#askToJoin(known, key ? [room, key] : [room]);
    const buffer = this.store.find(room);
    if (buffer?.joined) {
      if (key) buffer.password = key;
      return { buffer };
    }
    const error = refusalIn(units) ?? '';
    if (buffer) this.left(buffer, error);
    return { error };
  }

  async #askToJoin(known, params) {
    if (known) known.joining += 1;
    try {
      return await this.request('JOIN', params, { buffer: known, dispatch: true, joins: true });
    } finally {
      if (known) known.joining -= 1;
    }
  }

  part(buffer, reason = '') {
    buffer.wanted = false;
    if (!buffer.joined && buffer.joining === 0) this.left(buffer);
    else this.command(buffer, 'PART', reason ? [buffer.name, reason] : [buffer.name]);
  }

  // Leaves the room, or ends the talk with a person, and forgets the conversation.
  close(buffer) {
    if (buffer.kind === 'room') this.part(buffer);
    else this.watch(buffer, false);
    this.store.close(buffer);
  }

  openPerson(nick) {
    const buffer = this.store.open(nick);
    this.watch(buffer, true);
    this.store.activate(buffer);
    return buffer;
  }

  // To be told when a person comes, goes, or is away.
  watch(buffer, begins) {
    if (this.isOnline() && buffer.kind === 'person') this.command(null, 'MONITOR', [begins ? '+' : '-', buffer.name]);
  }

  // Somebody has another nick, by which the server is asked for him from now on.
  follow(from, to) {
    const buffer = this.store.find(from);
    if (!buffer) return;
    this.watch(buffer, false);
    this.store.rename(from, to);
    this.watch(buffer, true);
  }

  setNick(nick) {
    return this.command(this.store.current, 'NICK', [nick]);
  }

  // Null: back.
  setAway(reason) {
    this.store.me.away = reason;
    return this.command(this.store.current, 'AWAY', reason === null ? [] : [reason]);
  }

  setTopic(buffer, topic) {
    return this.command(buffer, 'TOPIC', [buffer.name, topic]);
  }

  react(buffer, item, emoji, adds) {
    const tags = { [adds ? '+draft/react' : '+draft/unreact']: emoji, '+draft/reply': item.msgid };
    this.command(buffer, 'TAGMSG', [buffer.name], tags);
  }

  redact(buffer, item) {
    this.command(buffer, 'REDACT', [buffer.name, item.msgid]);
  }

  typing(buffer, state) {
    const talks = buffer.kind === 'room' ? buffer.joined : buffer.kind === 'person';
    // Its answer is nobody's business: that a person is not there is said when something is really sent.
    if (talks && this.isOnline()) this.request('TAGMSG', [buffer.name], {}, { '+typing': state });
  }

  // [{name, members, topic}], the largest first.
  async listRooms() {
    const units = await this.request('LIST', []);
    const rows = units.flatMap(linesOf).filter((line) => line.command === '322');
    const rooms = rows.map(({ params }) => ({ name: params[1], members: Number(params[2]), topic: params[3] ?? '' }));
    return rooms.sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1));
  }

  // ---- sending ----

  isOnline() {
    return this.store.connection.phase === 'online';
  }

  capability(name) {
    return this.#registration?.capabilities.get(name);
  }

  sendLine(line) {
    this.connection.send(line);
  }

  // Prepares for an answer with that label; whoever calls this sends the command with it.
  expect(entry, label) {
    return this.#requests.add(entry, label).answered;
  }

  // A command whose answer is waited for: its units. Fails with Lost.
  request(command, params, entry = {}, tags = {}) {
    const { label, answered } = this.#requests.add(entry);
    this.sendLine(formatLine(command, params, { label, ...tags }));
    return answered;
  }

  // A command whose answer is shown where it was typed.
  command(buffer, command, params, tags = {}) {
    return this.request(command, params, { buffer, dispatch: true }, tags);
  }

  // A line as it is (/raw), but for the label among its tags.
  raw(buffer, line) {
    const { label, answered } = this.#requests.add({ buffer, dispatch: true });
    const clean = line.replace(/[\r\n\0]/g, ' ');
    this.sendLine(`@label=${label}${clean.startsWith('@') ? `;${clean.slice(1)}` : ` ${clean}`}`);
    return answered;
  }

  // ---- called by Incoming ----

  welcomed(nick) {
    Object.assign(this.store.me, { nick, mask: '' });
    this.store.changed('me');
  }

  // The welcome is complete.
  ready() {
    if (this.isOnline()) return;
    this.connection.settled();
    this.#setPhase('online');
    this.#stays = true;
    const wished = this.#wish.rooms.splice(0).map((name) => this.store.open(name));
    for (const buffer of wished) buffer.wanted = true;
    if (wished.length > 0) this.store.activate(wished[0]);
    if (this.store.me.away !== null) this.setAway(this.store.me.away);
    this.#rejoin();
    for (const buffer of this.store.buffers.values()) {
      this.watch(buffer, true);
      if (buffer.kind === 'person') this.outgoing.flush(buffer);
    }
    if (!this.hasOwnNick()) this.command(null, 'MONITOR', ['+', this.#wish.nick]);
  }

  // One has come into a room, for the first time or again.
  async entered(buffer) {
    Object.assign(buffer, { joined: true, wanted: true, why: '' });
    this.store.changed('list', 'header', 'members');
    this.history.catchUp(buffer);
  }

  // One is not in a room, or not any more; `why`, if that is somebody else's will.
  left(buffer, why = '') {
    Object.assign(buffer, { joined: false, wanted: false, why }).members.clear();
    this.outgoing.left(buffer);
    this.store.changed('members', 'list', 'header');
  }

  async namesComplete(buffer) {
    if (buffer.members.size > WHO_MOST_MEMBERS || buffer.askedWho) return;
    buffer.askedWho = true;
    const units = await this.request('WHO', [buffer.name, '%tnf,1']).catch(() => []);
    for (const { command, params } of units.flatMap(linesOf)) {
      if (command === '354' && buffer.member(params[2]))
        buffer.setMember(params[2], { away: params[3].startsWith('G') });
    }
    this.store.changed('members');
  }

  resolveChecking(buffer, anchored) {
    this.outgoing.resolveChecking(buffer, anchored && this.hasOwnNick());
  }

  // Whoever had the nick that one wants has gone.
  nickIsFree(nick) {
    if (!this.hasOwnNick() && sameName(nick, this.#wish.nick)) this.command(null, 'NICK', [this.#wish.nick]);
  }

  hasOwnNick() {
    return sameName(this.store.me.nick, this.#wish.nick);
  }

  wantedNick() {
    return this.#wish.nick;
  }

  // The nick is another now, whoever changed it.
  renamed(nick) {
    const { me } = this.store;
    me.nick = nick;
    me.mask = me.mask.replace(/^[^!]+/, nick);
    this.#wish.nick = nick;
    this.store.changed('me', 'members', 'header', 'connection');
  }

  // ERROR, before the connection ends.
  lastWords(text) {
    this.#lastWords = text;
  }

  // The server will not have us.
  turnedAway(problem, text) {
    this.#stays = false;
    this.#problem({ kind: problem, text });
  }

  // ---- the connection ----

  #moved() {
    if (this.connection.state === 'connecting') return this.#setPhase('connecting');
    if (this.connection.state === 'open') return this.#register();
    this.#left();
    const problem = this.store.connection.problem;
    if (this.connection.state === 'waiting' && problem && !this.#stays) return this.connection.close();
    if (this.connection.state === 'idle') return this.#setPhase('signed_out');
    Object.assign(this.store.connection, { retryAt: this.connection.retryAt, why: this.#lastWords });
    return this.#setPhase('waiting');
  }

  #register() {
    this.#lastWords = '';
    this.#batches = new Batches();
    this.store.support = new Support();
    const again = this.#stays;
    this.#registration = new Registration((command, params) => this.sendLine(formatLine(command, params)), {
      nick: this.#wish.nick,
      password: this.#wish.password,
      fallback: again ? this.#wish.nick : null,
      on: {
        refused: (code, text) => {
          this.#problem({ kind: code === '433' ? 'nickTaken' : 'nickRefused', nick: this.#wish.nick, text });
          if (again) this.#giveUp();
        },
        missing: (names) => {
          this.turnedAway('missing', names.join(', '));
          this.#giveUp();
        },
      },
    });
    this.#registration.begin();
  }

  #giveUp() {
    this.#stays = false;
    this.connection.close();
  }

  #received(text) {
    const line = parseLine(text);
    if (!line) return;
    if (line.command === 'PING') return this.sendLine(formatLine('PONG', line.params));
    if (this.#registration.take(line)) return this.store.changed('connection');
    const unit = this.#batches.take(line);
    if (unit) this.#take(unit);
  }

  #take(unit) {
    const label = unit.tags.get('label');
    const entry = label === undefined ? undefined : this.#requests.take(label);
    let units = unit.batch === 'labeled-response' ? unit.items : [unit];
    if (unit.command === 'ACK') units = [];
    if (!entry || entry.dispatch) for (const one of units) this.incoming.take(one, entry);
    entry?.resolve(units);
  }

  #left() {
    this.#requests.failAll();
    this.outgoing.lost();
    for (const buffer of this.store.buffers.values()) {
      buffer.joined = false;
      buffer.askedWho = false;
      buffer.typing.clear();
    }
    this.store.changed('items', 'list', 'header', 'typing');
  }

  // The one that is looked at comes first.
  #rejoin() {
    const rooms = this.store.rooms().filter((buffer) => buffer.wanted);
    rooms.sort((a, b) => (b === this.store.current) - (a === this.store.current));
    for (const buffer of rooms) this.join(buffer.name).catch(() => {});
  }

  #problem(problem) {
    this.store.connection.problem = problem;
    this.store.changed('connection');
  }

  #setPhase(phase) {
    this.store.connection.phase = phase;
    this.store.changed('connection', 'items', 'header');
  }
}

// Why a command was refused, in the server's words.
export function refusalIn(units) {
  const refused = units.flatMap(linesOf).find(({ command }) => command === 'FAIL' || /^[45]\d\d$/.test(command));
  return refused?.params.at(-1);
}
