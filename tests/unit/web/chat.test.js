import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Buffer, KEPT_ITEMS, sortedMembers } from '../../../web/src/chat/buffer.js';
import { changeRanks } from '../../../web/src/chat/ranks.js';
import { mentions } from '../../../web/src/chat/mentions.js';
import { rowsOf, summary } from '../../../web/src/chat/rows.js';
import { Support } from '../../../web/src/irc/names.js';
import { Store } from '../../../web/src/chat/store.js';
import { Timeline } from '../../../web/src/chat/timeline.js';
import { TypingNotice } from '../../../web/src/chat/typing.js';

const MINUTE = 60000;
const dayOf = (time) => String(Math.floor(time / (24 * 60 * MINUTE)));
const said = (from, time, more = {}) => ({ kind: 'message', from, text: 'x', time, msgid: `${from}${time}`, ...more });
const event = (name, nick, time, more = {}) => ({ kind: 'event', event: name, nick, time, ...more });

function rows(items, options = {}) {
  const timeline = new Timeline();
  for (const item of items) timeline.add(item);
  return rowsOf(timeline, { dayOf, ...options });
}

describe('chat/rows', () => {
  test('messages of one person in five minutes stand under one name', () => {
    const made = rows([
      said('a', 0),
      said('a', MINUTE),
      said('b', MINUTE),
      said('a', 2 * MINUTE),
      said('a', 8 * MINUTE),
    ]);
    assert.deepEqual(
      made.map((row) => row.type === 'item' && row.head),
      [false, true, false, true, true, true],
    );
  });

  test('a day stands before its first message, once', () => {
    const day = 24 * 60 * MINUTE;
    const made = rows([said('a', 1), said('a', 2), said('a', day), said('b', day + 1)]);
    assert.deepEqual(
      made.map(({ type }) => type),
      ['day', 'item', 'item', 'day', 'item', 'item'],
    );
  });

  test('all keys differ, even when a clock jumps over midnight and back', () => {
    const day = 24 * 60 * MINUTE;
    const keys = rows([said('a', day - 1), said('b', day), said('c', day - 2), said('d', day + 1)]).map(
      ({ key }) => key,
    );
    assert.equal(new Set(keys).size, keys.length);
  });

  test('comings and goings in a row are one row, whose version grows', () => {
    const items = [event('join', 'a', 1), event('quit', 'b', 2), said('c', 3), event('join', 'd', 4)];
    const made = rows(items);
    assert.deepEqual(
      made.map(({ type }) => type),
      ['day', 'fold', 'item', 'fold'],
    );
    assert.equal(made[1].items.length, 2);
    assert.notEqual(rows([event('join', 'a', 1)])[1].version, made[1].version);
  });

  test('a reply is drawn anew when what it answers comes, changes and goes', () => {
    const timeline = new Timeline();
    timeline.add(said('b', 9, { reply: 'a1' }));
    const versions = new Set();
    const drawn = () => versions.add(rowsOf(timeline, { dayOf }).at(-1).version);
    drawn();
    timeline.merge([said('a', 1)]);
    drawn();
    timeline.redact('a1', 'a', '');
    drawn();
    assert.equal(versions.size, 3);
    timeline.trim(1);
    drawn();
    assert.equal(versions.size, 3, 'what is gone is again as if it had not come');
  });

  test('topics, kicks and modes stand for themselves', () => {
    assert.deepEqual(
      rows([event('topic', 'a', 1), event('kick', 'a', 2), event('mode', 'a', 3)]).map(({ type }) => type),
      ['day', 'event', 'event', 'event'],
    );
  });

  test('the marker stands before the first new message', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 1));
    const { key } = timeline.add(said('a', 2));
    const made = rowsOf(timeline, { dayOf, marker: key });
    assert.deepEqual(
      made.map(({ type }) => type),
      ['day', 'item', 'marker', 'item'],
    );
    assert.equal(made[3].head, true);
  });

  test('what is not confirmed stands at the end', () => {
    const timeline = new Timeline();
    timeline.addPending({ kind: 'message', from: 'me', text: 'mine', time: 1, state: 'sent' });
    timeline.add(said('a', 2));
    assert.equal(rowsOf(timeline, { dayOf }).at(-1).item.text, 'mine');
  });

  test('a summary says what came of it', () => {
    const result = summary([
      event('join', 'a'),
      event('join', 'b'),
      event('part', 'b'),
      event('quit', 'c'),
      event('quit', 'd'),
      event('join', 'd'),
      event('nick', 'a', 0, { to: 'z' }),
    ]);
    assert.deepEqual(result, { joined: ['z'], left: ['c'], passed: ['b', 'd'], renamed: [['a', 'z']] });
  });
});

describe('chat/store', () => {
  const withRooms = (...names) => {
    const store = new Store();
    for (const name of names) store.open(name);
    store.activate(store.find(names[0]));
    return store;
  };

  test('what is seen at once is not counted, what others say elsewhere is', () => {
    const store = withRooms('#a', '#b');
    store.add(store.find('#a'), said('bob', 1));
    store.add(store.find('#b'), said('bob', 2));
    store.add(store.find('#b'), said('bob', 3, { mention: true }));
    store.add(store.find('#b'), event('join', 'eve', 4));
    store.add(store.find('#b'), said('me', 5, { own: true }));
    assert.deepEqual([store.find('#a').unread, store.find('#b').unread, store.find('#b').mentions], [0, 2, 1]);
    assert.deepEqual(store.totals(), { unread: 2, mentions: 1 });
  });

  test('what a person says to me alone always counts as a mention', () => {
    const store = withRooms('#a');
    store.add(store.open('bob'), said('bob', 1));
    assert.equal(store.find('bob').mentions, 1);
  });

  test('nobody looks: the open room counts too, until somebody does', () => {
    const store = withRooms('#a');
    store.look(false);
    store.add(store.find('#a'), said('bob', 1));
    const { key } = store.add(store.find('#a'), said('bob', 2));
    assert.equal(store.find('#a').unread, 2);
    assert.equal(store.find('#a').marker, key - 1);
    store.look(true);
    assert.equal(store.find('#a').unread, 0);
  });

  test('opening a room marks what is new in it', () => {
    const store = withRooms('#a', '#b');
    store.add(store.find('#b'), said('me', 0, { own: true }));
    const first = store.add(store.find('#b'), said('bob', 1));
    store.add(store.find('#b'), said('bob', 2));
    store.activate(store.find('#b'));
    assert.equal(store.find('#b').marker, first.key);
    assert.equal(store.find('#b').unread, 0);
    store.activate(store.find('#a'));
    assert.equal(store.find('#b').marker, 0);
  });

  test('names are found in any case, and a conversation follows a nick', () => {
    const store = withRooms('#a');
    const bob = store.open('Bob');
    assert.equal(store.find('bOB'), bob);
    store.activate(bob);
    store.rename('bob', 'Robert');
    assert.equal(store.current, bob);
    assert.equal(store.find('bob'), undefined);
    store.open('eve');
    store.rename('robert', 'eve');
    assert.equal(store.find('robert'), bob);
  });

  test('closing the open conversation opens its neighbour', () => {
    const store = withRooms('#a', '#b');
    store.close(store.find('#a'));
    assert.equal(store.current.name, '#b');
    store.close(store.find('#b'));
    assert.equal(store.current.kind, 'server');
  });

  test('a room that nobody reads keeps a bounded number of messages', () => {
    const store = withRooms('#a', '#b');
    for (let at = 0; at < KEPT_ITEMS + 50; at += 1) store.add(store.find('#b'), said('bob', at));
    assert.equal(store.find('#b').timeline.items.length, KEPT_ITEMS);
  });

  test('whoever listens is told what changed, and what was added', () => {
    const store = withRooms('#a');
    const told = [];
    store.subscribe((change) => told.push(change));
    const item = store.add(store.find('#a'), said('bob', 1));
    assert.equal(told.at(-1).added.item, item);
    assert.equal(store.add(store.find('#a'), said('bob', 1)), null);
  });
});

describe('chat/buffer', () => {
  test('members stand by rank, then by name', () => {
    const buffer = new Buffer('#a', 'room');
    buffer.setMember('zed', { ranks: '@' });
    buffer.setMember('Bob', { ranks: '' });
    buffer.setMember('ada', { ranks: '' });
    buffer.setMember('eve', { ranks: '+' });
    const ranks = ['@', '%', '+'].map((prefix) => ({ prefix }));
    assert.deepEqual(
      sortedMembers(buffer, ranks).map(({ nick }) => nick),
      ['zed', 'eve', 'ada', 'Bob'],
    );
  });

  test('who changes his nick keeps rank and absence', () => {
    const buffer = new Buffer('#a', 'room');
    buffer.setMember('bob', { ranks: '@', away: true });
    assert.ok(buffer.renameMember('BOB', 'rob'));
    assert.deepEqual(buffer.member('Rob'), { nick: 'rob', ranks: '@', away: true });
    assert.equal(buffer.renameMember('bob', 'x'), false);
  });

  test('typing ends by itself, by a word, and by leaving', () => {
    const buffer = new Buffer('#a', 'room');
    buffer.setTyping('bob', 'active', 0);
    buffer.setTyping('eve', 'active', 1000);
    assert.deepEqual(buffer.typingNow(2000), ['bob', 'eve']);
    buffer.setTyping('eve', 'done', 2000);
    assert.deepEqual(buffer.typingNow(2000), ['bob']);
    assert.deepEqual(buffer.typingNow(6000), []);
    buffer.setTyping('bob', 'paused', 0);
    assert.deepEqual(buffer.typingNow(20000), ['bob']);
    buffer.removeMember('bob');
    assert.deepEqual(buffer.typingNow(20000), []);
  });
});

describe('chat/ranks', () => {
  test('each letter takes its own parameter, and ranks stay in their order', () => {
    const support = new Support();
    support.take(['PREFIX=(ohv)@%+', 'CHANMODES=beI,k,l,imnst']);
    const buffer = new Buffer('#a', 'room');
    for (const nick of ['ada', 'bob', 'eve']) buffer.setMember(nick, { ranks: '' });
    changeRanks(buffer, '+vbm-k+o', ['ada', '*!*@x', '*', 'ADA'], support);
    assert.equal(buffer.member('ada').ranks, '@+');
    changeRanks(buffer, '-o+lh', ['ada', '5', 'eve'], support);
    assert.equal(buffer.member('ada').ranks, '+');
    assert.equal(buffer.member('eve').ranks, '%');
    changeRanks(buffer, '+o-l+v', ['nobody', 'bob'], support);
    assert.deepEqual(
      [...buffer.members.values()].map(({ ranks }) => ranks),
      ['+', '+', '%'],
    );
  });
});

describe('chat/typing', () => {
  test('others are told every three seconds, and once when the text is gone', () => {
    const notice = new TypingNotice();
    assert.equal(notice.changed('h', 0), 'active');
    assert.equal(notice.changed('he', 1000), null);
    assert.equal(notice.changed('hel', 3000), 'active');
    assert.equal(notice.changed('', 3100), 'done');
    assert.equal(notice.changed('', 3200), null);
    assert.equal(notice.changed('x', 3300), 'active');
  });

  test("commands are nobody else's business", () => {
    const notice = new TypingNotice();
    assert.equal(notice.changed('/nick', 0), null);
  });

  test('after sending nothing is told, and typing again is', () => {
    const notice = new TypingNotice();
    notice.changed('h', 0);
    notice.sent();
    assert.equal(notice.changed('', 100), null);
    assert.equal(notice.changed('a', 200), 'active');
  });
});

describe('chat/mentions', () => {
  test('a nick is a word of its own, in any case', () => {
    for (const text of ['ada', 'hi ADA!', '@ada: x', '(ada)', 'x,ada', 'adam and ada'])
      assert.ok(mentions(text, 'Ada'), text);
    for (const text of ['', 'adam', 'nada', 'ada-x', 'ada_', 'äada']) assert.ok(!mentions(text, 'ada'), text);
    assert.ok(!mentions('x', ''));
  });
});
