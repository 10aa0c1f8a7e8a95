import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NONCE_TAG } from '../../../web/src/session/outgoing.js';
import { Play, echo, settle } from './support/play.js';

describe('session/outgoing', () => {
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

  test('a room that does not let one in again leaves no message in doubt or waiting for ever', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.outgoing.say(play.room, 'mine');
    await play.take('PRIVMSG');
    play.connection.lose();
    play.session.outgoing.say(play.room, 'later');
    play.connection.open();
    await play.welcome();
    const { tags } = await play.take('JOIN');
    play.say(`@label=${tags.get('label')} :s 474 ada #a :Cannot join channel (+b)`);
    await settle();
    assert.deepEqual(play.states(), ['mine: unsure', 'later: failed']);
    assert.equal(play.room.why, 'Cannot join channel (+b)');
    for (const item of play.room.timeline.pending) play.session.outgoing.again(play.room, item);
    assert.deepEqual(play.states(), ['mine: unsure', 'later: failed'], 'it can only be discarded');
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

  test('what others see with a long nick has room for all that is said', async () => {
    const play = new Play();
    await play.inRoom();
    const long = 'n'.repeat(32);
    play.say(`:ada!web@host NICK ${long}`);
    play.session.outgoing.say(play.room, 'w'.repeat(470));
    await play.take('BATCH');
    for (const { params } of [await play.take('PRIVMSG'), await play.take('PRIVMSG')])
      assert.ok(`:${long}!web@host PRIVMSG #a :${params[1]}`.length <= 510);
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
});
