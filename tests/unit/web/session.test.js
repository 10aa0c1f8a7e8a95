// The session against a played server: what is sent is read, and answered by lines.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { describe, test } from 'node:test';
import { Store } from '../../../web/src/chat/store.js';
import { parseLine } from '../../../web/src/irc/line.js';
import { Backoff } from '../../../web/src/net/backoff.js';
import { runCommand } from '../../../web/src/session/commands.js';
import { NONCE_TAG } from '../../../web/src/session/outgoing.js';
import { nickProblem } from '../../../web/src/session/registration.js';
import { Requests } from '../../../web/src/session/requests.js';
import { Session } from '../../../web/src/session/session.js';
import { texts } from '../../../web/src/texts.js';

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
class Play {
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
const settle = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const echo = ({ tags, params }, id) =>
  `@label=${tags.get('label')};msgid=${id};time=2026-01-01T00:01:00.000Z;${NONCE_TAG}=${tags.get(NONCE_TAG)} :ada!web@host PRIVMSG ${params[0]} :${params[1]}`;

describe('session', () => {
  test('one signs in, comes into the room, and sees its past', async () => {
    const play = new Play();
    await play.inRoom([
      ['1', 'bob', 'one'],
      ['2', 'eve', 'two'],
    ]);
    assert.equal(play.store.connection.phase, 'online');
    assert.equal(play.store.current, play.room);
    assert.deepEqual(play.texts(), ['one', 'two']);
    assert.equal(play.room.past, 'all');
    assert.equal(play.room.unread, 0);
  });

  test('a nick that is taken is told, and another one is tried on the same connection', async () => {
    const play = new Play();
    play.session.signIn({ nick: 'ada', rooms: ['#a'] });
    await play.take('NICK');
    play.say(':s 433 * ada :Nickname is already in use');
    assert.equal(play.store.connection.problem.kind, 'nickTaken');
    assert.match(texts.signIn.nickTaken(play.store.connection.problem), /ada/);
    play.session.signIn({ nick: 'eve', rooms: ['#a'] });
    assert.equal((await play.take('NICK')).params[0], 'eve');
    assert.equal(play.store.connection.problem, null);
  });

  test('who hesitates too long over a nick is not connected again by itself', async () => {
    const play = new Play();
    play.session.signIn({ nick: 'ada', rooms: [] });
    play.say(':s 433 * ada :taken');
    play.connection.lose();
    assert.equal(play.connection.state, 'idle');
    assert.equal(play.store.connection.problem.kind, 'nickTaken');
    play.session.signIn({ nick: 'eve', rooms: [] });
    assert.equal(play.connection.state, 'open');
  });

  test('a password that is asked for is a problem that the form can solve', async () => {
    const play = new Play();
    play.session.signIn({ nick: 'ada', rooms: [] });
    play.say(':s 464 * :Password incorrect', 'ERROR :Closing link: bad password');
    play.connection.lose();
    assert.equal(play.store.connection.problem.kind, 'password');
    play.connection.sent = [];
    play.session.signIn({ nick: 'ada', rooms: [], password: 'secret' });
    assert.equal((await play.take('PASS')).params[0], 'secret');
  });

  test('what one says is sent once, and confirmed by its echo', async () => {
    const play = new Play();
    await play.inRoom();
    assert.equal(play.session.outgoing.say(play.room, 'hello'), null);
    assert.deepEqual(play.states(), ['hello: sent']);
    play.say(echo(await play.take('PRIVMSG'), '9'));
    await settle();
    assert.deepEqual(play.states(), []);
    assert.deepEqual(play.texts(), ['hello']);
    await play.none('PRIVMSG');
  });

  test('what is refused says why, and can be sent again', async () => {
    const play = new Play();
    await play.inRoom();
    play.session.outgoing.say(play.room, 'hello');
    const { tags } = await play.take('PRIVMSG');
    play.say(`@label=${tags.get('label')} :s 404 ada #a :Cannot send to channel`);
    await settle();
    const [item] = play.room.timeline.pending;
    assert.deepEqual([item.state, item.why], ['failed', '#a: Cannot send to channel']);
    play.session.outgoing.again(play.room, item);
    assert.equal((await play.take('PRIVMSG')).params[1], 'hello');
  });

  test('a connection that is lost and comes back: missed messages appear once, in order', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.connection.lose();
    assert.equal(play.store.connection.phase, 'waiting');
    await play.comeBack();
    play.say('@msgid=4;time=2026-01-01T00:00:04.000Z :bob!u@h PRIVMSG #a :four');
    await play.past(
      ['LATEST', '#a', '*', '50'],
      [
        ['1', 'bob', 'one'],
        ['2', 'bob', 'two'],
        ['3', 'eve', 'three'],
        ['4', 'bob', 'four'],
      ],
    );
    assert.deepEqual(play.texts(), ['one', 'two', 'three', 'four']);
  });

  test('more was missed than one answer has: it is fetched by msgid until something is known', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'm1']]);
    play.connection.lose();
    await play.comeBack();
    const message = (id) => [String(id), 'bob', `m${id}`];
    const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => message(from + at));
    await play.past(
      ['LATEST', '#a', '*', '50'],
      range(11, 60).map(([id, ...rest]) => [id, ...rest]),
    );
    await play.past(['BEFORE', '#a', 'msgid=11', '100'], range(1, 10));
    assert.deepEqual(
      play.texts(),
      range(1, 60).map(([, , text]) => text),
    );
    assert.ok(!play.room.timeline.items.some(({ kind }) => kind === 'gap'));
  });

  test('what is said while the history is on its way does not pass for what was known', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'm1']]);
    play.connection.lose();
    await play.comeBack();
    play.say('@msgid=60;time=2026-01-01T00:00:59.000Z :bob!u@h PRIVMSG #a :m60');
    const range = (from, to) =>
      Array.from({ length: to - from + 1 }, (_, at) => [String(from + at), 'bob', `m${from + at}`]);
    await play.past(
      ['LATEST', '#a', '*', '50'],
      range(11, 59)
        .concat([['60', 'bob', 'm60']])
        .map(([id, ...rest]) => [id, ...rest]),
    );
    await play.past(['BEFORE', '#a', 'msgid=11', '100'], range(1, 10));
    assert.deepEqual(
      play.texts(),
      range(1, 60).map(([, , text]) => text),
    );
  });

  test('a server that was started anew and has forgotten leaves a gap, said once', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.connection.lose();
    await play.comeBack();
    await play.past(['LATEST', '#a', '*', '50'], [['7', 'eve', 'new']]);
    assert.deepEqual(
      play.room.timeline.items.map(({ kind, text }) => text ?? kind),
      ['one', 'gap', 'new'],
    );
    play.connection.lose();
    await play.comeBack();
    await play.past(['LATEST', '#a', '*', '50'], [['7', 'eve', 'new']]);
    assert.equal(play.room.timeline.items.filter(({ kind }) => kind === 'gap').length, 1);
  });

  test('what is said while the connection is lost waits, and is sent once', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.connection.lose();
    play.session.outgoing.say(play.room, 'first');
    play.session.outgoing.say(play.room, 'second');
    assert.deepEqual(play.states(), ['first: queued', 'second: queued']);
    await play.comeBack();
    await play.none('PRIVMSG');
    await play.past(['LATEST', '#a', '*', '50'], [['1', 'bob', 'one']]);
    assert.equal((await play.take('PRIVMSG')).params[1], 'first');
    assert.equal((await play.take('PRIVMSG')).params[1], 'second');
    await play.none('PRIVMSG');
  });

  test('what was on its way and has arrived is found in the history, and not sent again', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.outgoing.say(play.room, 'mine');
    const { tags } = await play.take('PRIVMSG');
    play.connection.lose();
    assert.deepEqual(play.states(), ['mine: checking']);
    await play.comeBack();
    await play.past(
      ['LATEST', '#a', '*', '50'],
      [
        ['1', 'bob', 'one'],
        ['2', 'ada', 'mine', tags.get(NONCE_TAG)],
      ],
    );
    assert.deepEqual(play.states(), []);
    assert.deepEqual(play.texts(), ['one', 'mine']);
    await play.none('PRIVMSG');
  });

  test('what was on its way and has not arrived is sent again, before what was said later', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.outgoing.say(play.room, 'mine');
    const first = await play.take('PRIVMSG');
    play.connection.lose();
    play.session.outgoing.say(play.room, 'later');
    await play.comeBack();
    await play.past(['LATEST', '#a', '*', '50'], [['1', 'bob', 'one']]);
    const again = await play.take('PRIVMSG');
    assert.equal(again.params[1], 'mine');
    assert.equal(again.tags.get(NONCE_TAG), first.tags.get(NONCE_TAG));
    assert.equal((await play.take('PRIVMSG')).params[1], 'later');
  });

  test('where the server has forgotten, the person decides whether it is sent again', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.outgoing.say(play.room, 'mine');
    await play.take('PRIVMSG');
    play.connection.lose();
    await play.comeBack();
    await play.past(['LATEST', '#a', '*', '50'], []);
    assert.deepEqual(play.states(), ['mine: unsure']);
    await play.none('PRIVMSG');
    play.session.outgoing.discard(play.room, play.room.timeline.pending[0]);
    assert.deepEqual(play.states(), []);
  });

  test('what was said to a person is in no history: the person decides', async () => {
    const play = new Play();
    await play.inRoom();
    const bob = play.session.openPerson('bob');
    play.session.outgoing.say(bob, 'psst');
    await play.take('PRIVMSG');
    play.connection.lose();
    play.session.outgoing.say(bob, 'later');
    assert.deepEqual(
      bob.timeline.pending.map(({ state }) => state),
      ['unsure', 'queued'],
    );
    await play.comeBack();
    assert.equal((await play.take('PRIVMSG')).params[1], 'later');
    await play.none('PRIVMSG');
  });

  test('a loss in the middle of the history is repaired by the next time', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.connection.lose();
    play.session.outgoing.say(play.room, 'mine');
    await play.comeBack();
    await play.take('CHATHISTORY');
    play.connection.lose();
    await settle();
    await play.comeBack();
    await play.past(
      ['LATEST', '#a', '*', '50'],
      [
        ['1', 'bob', 'one'],
        ['2', 'bob', 'two'],
      ],
    );
    assert.deepEqual(play.texts(), ['one', 'two']);
    assert.equal((await play.take('PRIVMSG')).params[1], 'mine');
  });

  test('a nick that the lost connection still holds is varied, and taken back when it is free', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.outgoing.say(play.room, 'mine');
    await play.take('PRIVMSG');
    play.connection.lose();
    play.connection.open();
    play.say(':s 433 * ada :taken');
    await play.take('NICK');
    assert.equal((await play.take('NICK')).params[0], 'ada_');
    play.connection.sent.unshift('NICK :x');
    await play.welcome('ada_');
    assert.equal(play.session.hasOwnNick(), false);
    await play.letIn('#a', 'ada_');
    await play.past(['LATEST', '#a', '*', '50'], [['1', 'bob', 'one']]);
    assert.deepEqual(play.states(), ['mine: unsure'], 'the old connection may still say it');
    assert.deepEqual((await play.take('MONITOR')).params, ['+', 'ada']);
    play.say(':s 731 ada_ :ada');
    assert.equal((await play.take('NICK')).params[0], 'ada');
    play.say(':ada_!web@host NICK ada');
    assert.equal(play.store.me.nick, 'ada');
    assert.ok(play.session.hasOwnNick());
  });

  test('a nick that is refused changes nothing, and one that is granted is what one comes back with', async () => {
    const play = new Play();
    await play.inRoom();
    play.session.setNick('bob');
    const refused = await play.take('NICK');
    play.say(`@label=${refused.tags.get('label')} :s 433 ada bob :Nickname is already in use`);
    assert.ok(play.session.hasOwnNick());
    play.say(':ada!web@host NICK eve');
    assert.ok(play.session.hasOwnNick());
    play.connection.lose();
    play.connection.open();
    assert.equal((await play.take('NICK')).params[0], 'eve');
  });

  test('a room that does not let one in again leaves no message in doubt for ever', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.outgoing.say(play.room, 'mine');
    await play.take('PRIVMSG');
    play.connection.lose();
    play.connection.open();
    await play.welcome();
    const { tags } = await play.take('JOIN');
    play.say(`@label=${tags.get('label')} :s 474 ada #a :Cannot join channel (+b)`);
    await settle();
    assert.deepEqual(play.states(), ['mine: unsure']);
    assert.equal(play.room.why, 'Cannot join channel (+b)');
  });

  test('that somebody is not there is not told because one types', async () => {
    const play = new Play();
    await play.inRoom();
    const bob = play.session.openPerson('bob');
    play.session.typing(bob, 'active');
    const { tags } = await play.take('TAGMSG');
    assert.equal(tags.get('+typing'), 'active');
    play.say(`@label=${tags.get('label')} :s 401 ada bob :No such nick`);
    assert.deepEqual(bob.timeline.items, []);
  });

  test('rooms that one has left or was put out of are not joined again', async () => {
    const play = new Play();
    await play.inRoom();
    play.say(':bob!u@h KICK #a ada :enough');
    assert.equal(play.room.joined, false);
    assert.match(play.room.why, /bob.*enough/);
    play.connection.lose();
    play.connection.open();
    await play.welcome();
    await play.none('JOIN');
  });

  test('an error that ends the connection is told with the loss', async () => {
    const play = new Play();
    await play.inRoom();
    play.say('ERROR :Closing link: Server is shutting down');
    play.connection.lose();
    assert.equal(play.store.connection.why, 'Server is shutting down');
  });

  test('a message of several lines is one batch, and comes back as one', async () => {
    const play = new Play();
    await play.inRoom();
    play.session.outgoing.say(play.room, 'one\ntwo');
    const begin = await play.take('BATCH');
    assert.equal(begin.params[1], 'draft/multiline');
    const lines = [await play.take('PRIVMSG'), await play.take('PRIVMSG')];
    assert.deepEqual(
      lines.map(({ params }) => params[1]),
      ['one', 'two'],
    );
    assert.ok(lines.every(({ tags }) => `+${tags.get('batch')}` === begin.params[0]));
    await play.take('BATCH');
    const nonce = begin.tags.get(NONCE_TAG);
    play.say(
      `@label=${begin.tags.get('label')};msgid=5;${NONCE_TAG}=${nonce} :ada!web@host BATCH +m draft/multiline #a`,
      '@batch=m :ada!web@host PRIVMSG #a :one',
      '@batch=m :ada!web@host PRIVMSG #a :two',
      'BATCH -m',
    );
    await settle();
    assert.deepEqual(play.states(), []);
    assert.deepEqual(play.texts(), ['one\ntwo']);
  });

  test('what is too long is refused before it is sent', async () => {
    const play = new Play();
    await play.inRoom();
    assert.equal(play.session.outgoing.say(play.room, 'x\n'.repeat(30)), 'tooManyLines');
    assert.equal(play.session.outgoing.say(play.room, 'x'.repeat(5000)), 'tooLong');
    assert.equal(play.session.outgoing.say(play.room, 'x'.repeat(600), { action: true }), 'actionLong');
    assert.equal(play.session.outgoing.say(play.room, ' \n '), null);
    await play.none('PRIVMSG');
  });

  test('members come, go, change their nicks and ranks', async () => {
    const play = new Play();
    play.session.signIn({ nick: 'ada', rooms: ['#a'] });
    await play.welcome();
    await play.letIn('#a', 'ada', '@ada +bob');
    play.say(':eve!u@h JOIN #a', ':bob!u@h NICK rob', ':ada!web@host MODE #a +o-v eve rob', ':eve!u@h AWAY :tea');
    assert.deepEqual([...play.room.members.values()].map(({ nick, ranks, away }) => [nick, ranks, away]).sort(), [
      ['ada', '@', false],
      ['eve', '@', true],
      ['rob', '', false],
    ]);
    play.say(':rob!u@h QUIT :bye', ':ada!web@host KICK #a eve :x');
    assert.deepEqual([...play.room.members.keys()], ['ada']);
  });

  test('reactions, typing and taking back reach the right message', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.say('@+typing=active :bob!u@h TAGMSG #a', '@+draft/react=👍;+draft/reply=1 :bob!u@h TAGMSG #a');
    assert.deepEqual(play.room.typingNow(Date.now()), ['bob']);
    assert.deepEqual([...play.room.timeline.find('1').reactions.keys()], ['👍']);
    play.say('@+draft/unreact=👍;+draft/reply=1 :bob!u@h TAGMSG #a', ':bob!u@h REDACT #a 1 :typo');
    assert.equal(play.room.timeline.find('1').reactions.size, 0);
    assert.deepEqual(play.room.timeline.find('1').redacted, { by: 'bob', reason: 'typo' });
  });

  test('a reaction that is a whole text is none', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.say(
      `@+draft/react=${'x'.repeat(300)};+draft/reply=1 :bob!u@h TAGMSG #a`,
      '@+draft/react=;+draft/reply=1 :bob!u@h TAGMSG #a',
    );
    assert.equal(play.room.timeline.find('1').reactions.size, 0);
  });

  test('what the server says and what people say alone go where they belong', async () => {
    const play = new Play();
    await play.inRoom();
    play.say(
      ':s NOTICE ada :be nice',
      '@msgid=3 :bob!u@h PRIVMSG ada :psst',
      ':bob!u@h PRIVMSG #elsewhere :x',
      ':bob!u@h PRIVMSG #a :\x01VERSION\x01',
      ':bob!u@h PRIVMSG #a :\x01ACTION waves\x01',
    );
    assert.ok(play.store.server.timeline.items.some(({ text }) => text === 'be nice'));
    assert.deepEqual(
      play.store.find('bob').timeline.items.map(({ text }) => text),
      ['psst'],
    );
    assert.equal(play.store.find('#elsewhere'), undefined);
    assert.deepEqual(
      play.room.timeline.items.map(({ kind, text }) => [kind, text]),
      [['action', 'waves']],
    );
  });

  test('a crowd of strangers opens a bounded number of conversations, and loses nothing', async () => {
    const play = new Play();
    await play.inRoom();
    for (let at = 0; at < 150; at += 1) play.say(`@msgid=p${at} :n${at}!u@h PRIVMSG ada :hi ${at}`);
    assert.equal(play.store.people(), 100);
    assert.ok(play.store.server.timeline.items.some(({ text, from }) => text === 'hi 149' && from === 'n149'));
  });

  test('older messages are fetched by the oldest msgid, until there are none', async () => {
    const play = new Play();
    const fifty = Array.from({ length: 50 }, (_, at) => [String(at + 10), 'bob', `m${at}`]);
    await play.inRoom(fifty);
    assert.equal(play.room.past, 'more');
    play.session.history.older(play.room);
    play.session.history.older(play.room);
    await play.past(['BEFORE', '#a', 'msgid=10', '100'], [['2', 'bob', 'old']]);
    await play.none('CHATHISTORY');
    assert.equal(play.texts()[0], 'old');
    assert.equal(play.room.past, 'all');
  });
});

describe('session/commands', () => {
  const page = async () => {
    const play = new Play();
    await play.inRoom();
    const shown = [];
    return {
      play,
      shown,
      page: {
        session: play.session,
        store: play.store,
        show: (name) => {
          shown.push(name);
        },
        signOut: () => {},
      },
    };
  };

  test('commands become lines', async () => {
    const { play, page: parts } = await page();
    for (const typed of [
      '/topic new topic',
      '/kick bob too loud',
      '/invite eve',
      '/mode +o bob',
      '/nick eve',
      '/away tea time',
      '/notice bob hi there',
    ]) {
      assert.equal(await runCommand(parts, play.room, typed), undefined, typed);
    }
    assert.deepEqual((await play.take('TOPIC')).params, ['#a', 'new topic']);
    assert.deepEqual((await play.take('KICK')).params, ['#a', 'bob', 'too loud']);
    assert.deepEqual((await play.take('INVITE')).params, ['eve', '#a']);
    assert.deepEqual((await play.take('MODE')).params, ['#a', '+o', 'bob']);
    assert.deepEqual((await play.take('NICK')).params, ['eve']);
    assert.deepEqual((await play.take('AWAY')).params, ['tea time']);
    assert.deepEqual((await play.take('NOTICE')).params, ['bob', 'hi there']);
  });

  test('what is wrong is told, and nothing is sent', async () => {
    const { play, page: parts, shown } = await page();
    assert.match(await runCommand(parts, play.room, '/nosuch x'), /no command \/nosuch/);
    assert.match(await runCommand(parts, play.room, '/kick'), /\/kick NICK/);
    assert.equal(await runCommand(parts, play.store.server, '/topic x'), texts.commands.onlyInRooms);
    assert.match(await runCommand(parts, play.room, '/help me'), /^\/me/);
    for (const typed of ['/msg :x hi', '/msg a,b hi', '/notice :x hi', '/kick :x y']) {
      assert.match(await runCommand(parts, play.room, typed), /^It is written/, typed);
    }
    assert.equal(await runCommand(parts, play.room, '/join a,b'), texts.signIn.roomWrong);
    await runCommand(parts, play.room, '/help');
    await runCommand(parts, play.room, '/list');
    assert.deepEqual(shown, ['help', 'rooms']);
    play.connection.lose();
    assert.equal(await runCommand(parts, play.room, '/nick x'), texts.commands.offline);
  });

  test('/whois tells in words what the server knows', async () => {
    const { play, page: parts } = await page();
    const told = runCommand(parts, play.room, '/whois bob');
    play.answer(await play.take('WHOIS'), [
      ':s 311 ada bob b host * :Bob B',
      ':s 319 ada bob :@#a #b',
      ':s 317 ada bob 65 1700000000 :seconds idle',
      ':s 318 ada bob :End',
    ]);
    assert.match(await told, /bob, “Bob B” \(b@host\)\nis in @#a #b\nhas said nothing for 1 min/);
    const nobody = runCommand(parts, play.room, '/whois eve');
    play.answer(await play.take('WHOIS'), [':s 401 ada eve :No such nick', ':s 318 ada eve :End']);
    assert.equal(await nobody, 'Nobody is called eve here.');
  });

  test('/join that fails says why', async () => {
    const { play, page: parts } = await page();
    const told = runCommand(parts, play.room, '/join #secret');
    const { tags } = await play.take('JOIN');
    play.say(`@label=${tags.get('label')} :s 473 ada #secret :Cannot join channel (+i)`);
    assert.equal(await told, 'Cannot join channel (+i)');
    assert.equal(play.store.find('#secret'), undefined);
  });
});

describe('session/requests', () => {
  test('whoever waits learns that the connection is lost', async () => {
    const requests = new Requests();
    const { label, answered } = requests.add({});
    requests.failAll();
    await assert.rejects(answered);
    assert.equal(requests.take(label), undefined);
  });
});

describe('session/registration', () => {
  test('nicks that the server would refuse are refused here', () => {
    assert.deepEqual(
      ['', '1a', 'a b', 'guest-7', 'Guest-x', '-a', 'é', 'x'.repeat(33)].map((nick) => nickProblem(nick)),
      ['nickMissing', 'nickWrong', 'nickWrong', 'nickGuest', 'nickGuest', 'nickWrong', 'nickWrong', 'nickLong'],
    );
    for (const nick of ['a', 'Ada-1', '[x]', '_', 'guest', '^`{|}\\']) assert.equal(nickProblem(nick), null, nick);
  });
});

describe('net/backoff', () => {
  test('waits grow to half a minute, and by chance to half as long', () => {
    const longest = new Backoff(() => 1);
    assert.deepEqual(
      Array.from({ length: 7 }, () => longest.next()),
      [1000, 2000, 4000, 8000, 16000, 30000, 30000],
    );
    const shortest = new Backoff(() => 0);
    assert.deepEqual([shortest.next(), shortest.next()], [500, 1000]);
    shortest.reset();
    assert.equal(shortest.next(), 500);
  });
});
