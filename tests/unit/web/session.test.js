// The session against a played server: what is sent is read, and answered by lines.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Backoff } from '../../../web/src/net/backoff.js';
import { nickProblem } from '../../../web/src/session/registration.js';
import { Requests } from '../../../web/src/session/requests.js';
import { texts } from '../../../web/src/texts.js';
import { Play, settle } from './support/play.js';

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

  test('what comes with the greeting is told to who asks for it', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    const before = play.room.timeline.items.length;
    play.say(':s 251 ada :There are 2 users', ':s 254 ada 1 :channels formed');
    assert.equal(play.room.timeline.items.length, before);
    play.session.raw(play.room, 'LUSERS');
    play.answer(await play.take('LUSERS'), [':s 251 ada :There are 2 users', ':s 254 ada 1 :channels formed']);
    assert.deepEqual(
      play.room.timeline.items.slice(before).map(({ text }) => text),
      ['There are 2 users', '1 channels formed'],
    );
  });

  test('a wrong password of OPER is told where it was typed, and ends nothing', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    play.session.raw(play.room, 'OPER ada wrong');
    const { tags } = await play.take('OPER');
    play.say(`@label=${tags.get('label')} :s 464 ada :Password incorrect`);
    const told = play.room.timeline.items.at(-1);
    assert.deepEqual([told.kind, told.text], ['error', 'Password incorrect']);
    assert.equal(play.store.connection.problem, null);
    play.connection.lose();
    assert.equal(play.connection.state, 'waiting', 'it comes back by itself');
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
    assert.equal(play.store.me.mask, '', 'what others see is not known yet');
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

  test('a nick is varied within what every server takes, some times, and then asked for', async () => {
    const play = new Play();
    const nick = 'abcdefghijklmnopqrst';
    play.session.signIn({ nick, rooms: [], resumes: true });
    const tried = new Set();
    while (play.connection.state === 'open') {
      const { params } = await play.take('NICK');
      assert.ok(params[0].length <= 20, params[0]);
      tried.add(params[0]);
      play.say(`:s 433 * ${params[0]} :taken`);
      assert.ok(tried.size < 50);
    }
    assert.ok(tried.size > 3);
    assert.equal(play.store.connection.phase, 'signed_out');
    const { kind, nick: wanted } = play.store.connection.problem;
    assert.deepEqual([kind, wanted], ['nickTaken', nick]);
    play.session.signIn({ nick: 'ada', rooms: [] });
    await play.welcome();
    assert.equal(play.store.connection.phase, 'online');
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

  test('a room that one leaves before one is in it again is left', async () => {
    const play = new Play();
    await play.inRoom();
    const comeBack = async () => {
      play.connection.lose();
      play.connection.open();
      await play.welcome();
      return play.take('JOIN');
    };
    const answer = (join) => {
      play.answer(join, [':ada!web@host JOIN #a', ':s 353 ada = #a :ada', ':s 366 ada #a :End']);
      play.say(':ada!web@host PART #a');
    };
    const first = await comeBack();
    play.session.part(play.room);
    assert.deepEqual((await play.take('PART')).params, ['#a']);
    answer(first);
    await settle();
    assert.deepEqual([play.room.joined, play.room.wanted], [false, false]);
    play.room.wanted = true;
    const second = await comeBack();
    play.session.close(play.room);
    assert.deepEqual((await play.take('PART')).params, ['#a']);
    answer(second);
    await settle();
    assert.equal(play.room, undefined);
  });

  test('a room that one asks for by /raw is there', async () => {
    const play = new Play();
    await play.inRoom();
    play.session.raw(play.room, 'JOIN #b');
    const { tags } = await play.take('JOIN');
    play.say(`@label=${tags.get('label')} :ada!web@host JOIN #b`);
    assert.ok(play.store.find('#b').joined);
  });

  test('the key of a room is known as long as the room is', async () => {
    const play = new Play();
    await play.inRoom();
    const asked = async (...words) => {
      const { tags, params } = await play.take('JOIN');
      assert.deepEqual(params, words);
      play.say(`@label=${tags.get('label')} :ada!web@host JOIN #k`);
      await settle();
    };
    play.session.join('#k', 'sesame');
    await asked('#k', 'sesame');
    play.session.join('#k'); // says nothing about the key
    await asked('#k', 'sesame');
    play.say(':bob!u@h KICK #k ada');
    play.session.join('#K');
    await asked('#K', 'sesame');
    play.connection.lose();
    play.connection.open();
    await play.welcome();
    assert.deepEqual((await play.take('JOIN')).params, ['#a']);
    assert.deepEqual((await play.take('JOIN')).params, ['#k', 'sesame'], 'after a loss');
  });

  test('an error that ends the connection is told with the loss', async () => {
    const play = new Play();
    await play.inRoom();
    play.say('ERROR :Closing link: Server is shutting down');
    play.connection.lose();
    assert.equal(play.store.connection.why, 'Server is shutting down');
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

  test('who comes back is not away any more', async () => {
    const play = new Play();
    await play.inRoom();
    const bob = play.session.openPerson('bob');
    const state = () => [bob.online, bob.away];
    play.say(':bob!u@h AWAY :lunch');
    assert.deepEqual(state(), [true, 'lunch']);
    play.say(':bob!u@h QUIT :bye');
    assert.deepEqual(state(), [false, null]);
    play.say(':s 730 ada :bob!u@h', ':bob!u@h AWAY :tea');
    assert.deepEqual(state(), [true, 'tea']);
    play.say(':s 731 ada :bob');
    assert.deepEqual(state(), [false, null]);
  });

  test('whom one talks with is watched under the nick that he has', async () => {
    const play = new Play();
    await play.inRoom();
    play.session.openPerson('bob');
    assert.deepEqual((await play.take('MONITOR')).params, ['+', 'bob']);
    play.say(':bob!u@h NICK rob');
    assert.deepEqual((await play.take('MONITOR')).params, ['-', 'bob']);
    assert.deepEqual((await play.take('MONITOR')).params, ['+', 'rob']);
    play.say(':s 731 ada :rob');
    assert.equal(play.store.find('rob').online, false);
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

  test('what was taken back is not replied to any more', async () => {
    const play = new Play();
    await play.inRoom([
      ['1', 'bob', 'one'],
      ['2', 'bob', 'two'],
    ]);
    play.room.replyTo = play.room.timeline.find('2');
    play.say(':bob!u@h REDACT #a 1');
    assert.equal(play.room.replyTo.text, 'two');
    play.say(':bob!u@h REDACT #a 2');
    assert.equal(play.room.replyTo, null);
  });

  test('a reaction is of whom it came from, whatever he is called since', async () => {
    const play = new Play();
    await play.inRoom([['1', 'bob', 'one']]);
    const item = play.room.timeline.find('1');
    play.say('@+draft/react=x;+draft/reply=1 :ada!web@host TAGMSG #a', '@+draft/react=x;+draft/reply=1 :bob!u@h TAGMSG #a');
    const { version } = item;
    play.say(':ada!web@host NICK eve');
    assert.deepEqual([...item.reactions.get('x')].sort(), ['bob', 'eve']);
    assert.notEqual(item.version, version, 'it is drawn anew');
    play.say('@+draft/unreact=x;+draft/reply=1 :eve!web@host TAGMSG #a');
    assert.deepEqual([...item.reactions.get('x')], ['bob']);
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
