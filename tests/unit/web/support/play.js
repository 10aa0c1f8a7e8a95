// A played server for the tests of the session.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { Store } from '../../../../web/src/chat/store.js';
import { parseLine } from '../../../../web/src/irc/line.js';
import { NONCE_TAG } from '../../../../web/src/session/outgoing.js';
import { Session } from '../../../../web/src/session/session.js';

globalThis.crypto ??= webcrypto; // as browsers have it; Node.js 18 does not

const CAPABILITIES =
  'away-notify batch draft/chathistory draft/message-redaction draft/multiline=max-bytes=4096,max-lines=24 ' +
  'echo-message labeled-response message-tags server-time';

class PlayedConnection {
  state = 'idle';
  retryAt = 0;
  sent = [];

  constructor(on) {
    this.on = on;
  }

  open() {
    this.#become('connecting');
    this.#become('open');
  }
  close() {
    this.#become('idle');
  }
  lose() {
    this.#become('waiting');
  }
  send(line) {
    if (this.state === 'open') this.sent.push(line);
  }
  settled() {}
  retryNow() {}

  #become(state) {
    this.state = state;
    this.on.state();
  }
}

// A session, and what the server is made to say. `take(command)` gives the oldest line of that command that was sent
// and not taken, or fails.
export class Play {
  constructor() {
    this.store = new Store();
    this.session = new Session(this.store, (on) => {
      this.connection = new PlayedConnection(on);
      return this.connection;
    });
  }

  say(...lines) {
    for (const line of lines) this.connection.on.line(line);
  }

  async take(command) {
    await settle();
    const at = this.connection.sent.findIndex((line) => parseLine(line).command === command);
    assert.notEqual(at, -1, `${command} was not sent, but ${this.connection.sent.join(' | ')}`);
    return parseLine(this.connection.sent.splice(at, 1)[0]);
  }

  async none(command) {
    await settle();
    assert.deepEqual(
      this.connection.sent.filter((line) => parseLine(line).command === command),
      [],
    );
  }

  async welcome(nick = 'ada') {
    await this.take('CAP');
    await this.take('NICK');
    await this.take('USER');
    this.say(`:s CAP * LS :${CAPABILITIES}`);
    const asked = await this.take('CAP');
    this.say(`:s CAP * ACK :${asked.params[1]}`);
    await this.take('CAP');
    this.say(
      `:s 001 ${nick} :Welcome`,
      `:s 005 ${nick} PREFIX=(ohv)@%+ CHANMODES=beI,k,l,imnst NETWORK=net :are supported`,
      `:s 422 ${nick} :no motd`,
    );
  }

  async letIn(room = '#a', nick = 'ada', members = nick) {
    const { tags, params } = await this.take('JOIN');
    assert.equal(params[0], room);
    const label = tags.get('label');
    this.say(
      `@label=${label} :s BATCH +j labeled-response`,
      `@batch=j :${nick}!web@host JOIN ${room}`,
      `@batch=j :s 353 ${nick} = ${room} :${members}`,
      `@batch=j :s 366 ${nick} ${room} :End`,
      'BATCH -j',
    );
    this.answer(await this.take('WHO'), []);
  }

  answer({ tags }, lines) {
    const label = tags.get('label');
    if (lines.length === 0) return this.say(`@label=${label} :s 315 x x :End`);
    this.say(`@label=${label} :s BATCH +r labeled-response`, ...lines.map((line) => `@batch=r ${line}`), 'BATCH -r');
    return undefined;
  }

  // Answers the next CHATHISTORY. `messages`: [id, nick, text, nonce].
  async past(wanted, messages) {
    const { tags, params } = await this.take('CHATHISTORY');
    assert.deepEqual(params, wanted);
    const lines = messages.map(
      ([id, nick, text, nonce]) =>
        `@batch=h;time=2026-01-01T00:00:${id.padStart(2, '0')}.000Z;msgid=${id}${nonce ? `;${NONCE_TAG}=${nonce}` : ''} :${nick}!u@h PRIVMSG ${wanted[1]} :${text}`,
    );
    this.say(`@label=${tags.get('label')} :s BATCH +h chathistory ${wanted[1]}`, ...lines, 'BATCH -h');
    await settle();
  }

  async inRoom(messages = []) {
    this.session.signIn({ nick: 'ada', rooms: ['#a'] });
    await this.welcome();
    await this.letIn();
    await this.past(['LATEST', '#a', '*', '50'], messages);
  }

  async comeBack(nick = 'ada') {
    this.connection.open();
    await this.welcome(nick);
    await this.letIn('#a', nick);
  }

  get room() {
    return this.store.find('#a');
  }
  texts() {
    return this.room.timeline.items.filter(({ text }) => text !== undefined).map(({ text }) => text);
  }
  states() {
    return this.room.timeline.pending.map(({ text, state }) => `${text}: ${state}`);
  }
}

// Everything that was promised has been told.
export const settle = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

export const echo = ({ tags, params }, id) =>
  `@label=${tags.get('label')};msgid=${id};time=2026-01-01T00:01:00.000Z;${NONCE_TAG}=${tags.get(NONCE_TAG)} :ada!web@host PRIVMSG ${params[0]} :${params[1]}`;
