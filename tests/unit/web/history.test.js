import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Play, settle } from './support/play.js';

describe('session/history', () => {
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

  describe('what says nothing to a person', () => {
    const range = (from, to) =>
      Array.from({ length: to - from + 1 }, (_, at) => [String(from + at), 'bob', `m${from + at}`]);
    const silent = (from, to) => range(from, to).map(([id, nick]) => [id, nick, '\x01VERSION\x01']);

    test('does not pass for the end of the past', async () => {
      const play = new Play();
      await play.inRoom(silent(20, 20).concat(range(21, 69)));
      assert.equal(play.room.past, 'more');
      play.session.history.older(play.room);
      await play.past(['BEFORE', '#a', 'msgid=21', '100'], silent(1, 100));
      await play.past(['BEFORE', '#a', 'msgid=1', '100'], range(101, 199).concat(silent(200, 200)));
      assert.equal(play.texts()[0], 'm101');
      assert.equal(play.room.past, 'more');
    });

    test('does not end the search for what was missed', async () => {
      const play = new Play();
      await play.inRoom(range(1, 1));
      play.connection.lose();
      await play.comeBack();
      await play.past(['LATEST', '#a', '*', '50'], silent(151, 151).concat(range(152, 200)));
      await play.past(['BEFORE', '#a', 'msgid=151', '100'], silent(51, 150));
      await play.past(['BEFORE', '#a', 'msgid=51', '100'], range(1, 50));
      assert.deepEqual(
        play.texts(),
        range(1, 50)
          .concat(range(152, 200))
          .map(([, , text]) => text),
      );
      assert.equal(play.room.unread, 0);
      assert.ok(!play.room.timeline.items.some(({ kind }) => kind === 'gap'));
    });

    test('may be all that was said last', async () => {
      const play = new Play();
      await play.inRoom(silent(101, 150));
      await play.past(['BEFORE', '#a', 'msgid=101', '100'], range(1, 100));
      assert.equal(play.texts().length, 100);
      assert.equal(play.room.past, 'more');
    });
  });
});
