import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCommand } from '../../../web/src/session/commands.js';
import { texts } from '../../../web/src/texts.js';
import { Play, echo, settle } from './support/play.js';

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
      assert.match(await runCommand(parts, play.room, typed), /^Use: \//, typed);
    }
    assert.equal(await runCommand(parts, play.room, '/join a,b'), texts.signIn.roomWrong);
    await runCommand(parts, play.room, '/help');
    await runCommand(parts, play.room, '/list');
    assert.deepEqual(shown, ['help', 'rooms']);
    play.connection.lose();
    assert.equal(await runCommand(parts, play.room, '/nick x'), texts.commands.offline);
  });

  test('/me says something only where one may speak', async () => {
    const { play, page: parts } = await page();
    assert.equal(await runCommand(parts, play.store.server, '/me waves'), texts.composer.serverOnly);
    play.say(':ada!web@host PART #a');
    assert.equal(await runCommand(parts, play.room, '/me waves'), texts.composer.notIn);
    assert.equal(await runCommand(parts, play.room, '/msg #a hello'), texts.composer.notIn);
    assert.deepEqual(play.store.server.timeline.pending.concat(play.room.timeline.pending), []);
  });

  test('/msg @#room says it in the room, to some', async () => {
    const { play, page: parts } = await page();
    assert.equal(await runCommand(parts, play.room, '/msg @#a for operators'), undefined);
    const line = await play.take('PRIVMSG');
    assert.deepEqual(line.params, ['@#a', 'for operators']);
    assert.deepEqual([play.store.people(), play.room.timeline.pending[0].toRank], [0, '@']);
    play.say(echo(line, '9'));
    await settle();
    assert.deepEqual(play.states(), []);
    assert.deepEqual(
      play.room.timeline.items.map(({ text, toRank }) => [text, toRank]),
      [['for operators', '@']],
    );
    assert.equal(await runCommand(parts, play.room, '/msg @#b x'), texts.commands.notInRoom('#b'));
    await runCommand(parts, play.room, '/msg @#a no history has it');
    play.connection.lose();
    assert.deepEqual(play.states(), ['no history has it: unsure']);
  });

  test('/raw may have tags', async () => {
    const { play, page: parts } = await page();
    await runCommand(parts, play.room, '/raw @+typing=active;+x TAGMSG #a');
    const { tags, params } = await play.take('TAGMSG');
    assert.deepEqual([...tags.keys()].sort(), ['+typing', '+x', 'label']);
    assert.deepEqual(params, ['#a']);
    await runCommand(parts, play.room, '/raw VERSION');
    assert.ok((await play.take('VERSION')).tags.has('label'));
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
