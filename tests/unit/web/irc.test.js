import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Batches, linesOf } from '../../../web/src/irc/batches.js';
import { formatLine, parseLine } from '../../../web/src/irc/line.js';
import { Support, fold, parseMember, roomName, sameName } from '../../../web/src/irc/names.js';
import { joinParts, partsOf } from '../../../web/src/irc/parts.js';

describe('irc/line', () => {
  test('a line is taken apart into tags, source, command and parameters', () => {
    const line = parseLine(
      '@time=2026-01-02T03:04:05.678Z;+a=x\\sy\\:\\\\;msgid=7-ab :ada!a@host PRIVMSG #dev :hi  there ',
    );
    assert.equal(line.tags.get('+a'), 'x y;\\');
    assert.equal(line.tags.get('msgid'), '7-ab');
    assert.deepEqual(line.source, { nick: 'ada', user: 'a', host: 'host', mask: 'ada!a@host' });
    assert.equal(line.command, 'PRIVMSG');
    assert.deepEqual(line.params, ['#dev', 'hi  there ']);
  });

  test('runs of spaces, an empty last parameter and lower case are understood', () => {
    assert.deepEqual(parseLine(':s  topic  #a :').params, ['#a', '']);
    assert.equal(parseLine('ping x').command, 'PING');
    assert.equal(parseLine('ping x').source, null);
  });

  test('a line without a command is none', () => {
    for (const text of ['', ' ', '@a=b', ':only', '@a=b :only']) assert.equal(parseLine(text), null, text);
  });

  test('a tag without a value, a trailing backslash and tags named like properties do no harm', () => {
    const { tags } = parseLine('@__proto__=1;constructor;x=a\\;;y=\\b TAGMSG #a');
    assert.equal(tags.get('__proto__'), '1');
    assert.equal(tags.get('constructor'), '');
    assert.equal(tags.get('x'), 'a');
    assert.equal(tags.get('y'), 'b');
  });

  test('a server is a source without user and host', () => {
    assert.deepEqual(parseLine(':banter.local NOTICE * :x').source, {
      nick: 'banter.local',
      user: '',
      host: '',
      mask: 'banter.local',
    });
  });

  test('what is written is what is read', () => {
    const written = formatLine('PRIVMSG', ['#a', ' : x '], { label: 'a;b \\c', '+typing': '' });
    const line = parseLine(written);
    assert.equal(line.tags.get('label'), 'a;b \\c');
    assert.equal(line.tags.get('+typing'), '');
    assert.deepEqual(line.params, ['#a', ' : x ']);
  });

  test('nobody smuggles in a second command', () => {
    assert.equal(formatLine('PRIVMSG', ['#a', 'x\r\nQUIT\0']), 'PRIVMSG #a :x  QUIT ');
    assert.throws(() => formatLine('JOIN', ['#a b', 'x']));
    assert.throws(() => formatLine('JOIN', ['', 'x']));
    assert.throws(() => formatLine('JOIN', [':a', 'x']));
    assert.ok(!formatLine('TAGMSG', ['#a'], { '+draft/react': 'a\r\nb c;d' }).match(/[\r\n]/));
  });
});

describe('irc/batches', () => {
  const feed = (batches, ...lines) =>
    lines.map((line) => batches.take(parseLine(line))).filter((unit) => unit !== null);

  test('a line outside of batches is given out at once', () => {
    assert.equal(feed(new Batches(), 'PING x')[0].command, 'PING');
  });

  test('nested batches come out as one unit, in order', () => {
    const units = feed(
      new Batches(),
      '@label=l BATCH +o labeled-response',
      '@batch=o BATCH +h chathistory #a',
      '@batch=h :a PRIVMSG #a :1',
      '@batch=h BATCH +m draft/multiline #a',
      '@batch=m :a PRIVMSG #a :2',
      'BATCH -m',
      '@batch=h :a PRIVMSG #a :3',
      'BATCH -h',
      '@batch=o :s NOTE x',
      'BATCH -o',
    );
    assert.equal(units.length, 1);
    assert.equal(units[0].tags.get('label'), 'l');
    assert.deepEqual(
      units[0].items.map((unit) => unit.batch ?? unit.command),
      ['chathistory', 'NOTE'],
    );
    assert.deepEqual(
      linesOf(units[0]).map(({ params }) => params.at(-1)),
      ['1', '2', '3', 'x'],
    );
  });

  test('what others say meanwhile is not held up', () => {
    const units = feed(
      new Batches(),
      'BATCH +h chathistory #a',
      ':b PRIVMSG #a :now',
      '@batch=h :a PRIVMSG #a :old',
      'BATCH -h',
    );
    assert.deepEqual(
      units.map((unit) => unit.batch ?? unit.params[1]),
      ['now', 'chathistory'],
    );
  });

  test('the end of a batch that never began is nothing, and its lines are lines', () => {
    assert.equal(feed(new Batches(), 'BATCH -x').length, 0);
    assert.equal(feed(new Batches(), '@batch=x :a PRIVMSG #a :1').length, 1);
  });

  test('a batch without an end is bounded', () => {
    const batches = new Batches();
    feed(batches, 'BATCH +x chathistory #a');
    const line = parseLine('@batch=x :a PRIVMSG #a :1');
    for (let at = 0; at < 60000; at += 1) batches.take(line);
    assert.equal(feed(batches, 'BATCH -x')[0].items.length, 50000);
  });
});

describe('irc/names', () => {
  test('only ASCII letters have cases', () => {
    assert.ok(sameName('ADA[]', 'ada[]'));
    assert.ok(!sameName('a[', 'a{'));
    assert.equal(fold('ÄB'), 'Äb');
  });

  test('a room may be written without its #', () => {
    assert.equal(roomName(' dev '), '#dev');
    assert.equal(roomName('#dev'), '#dev');
    assert.equal(roomName(' '), '');
  });

  test('ISUPPORT tells ranks and which modes have a parameter', () => {
    const support = new Support();
    support.take(['PREFIX=(ohv)@%+', 'CHANMODES=beI,k,l,Ccimnst', 'NETWORK=my\\x20net', 'NICKLEN=32']);
    assert.deepEqual(
      support.ranks().map(({ prefix }) => prefix),
      ['@', '%', '+'],
    );
    assert.equal(support.text('NETWORK', ''), 'my net');
    assert.equal(support.number('NICKLEN', 9), 32);
    assert.equal(support.number('MODES', 3), 3);
    assert.deepEqual(
      ['o', 'b', 'k', 'l', 'm'].map((mode) => support.modeTakes(mode, true)),
      [true, true, true, true, false],
    );
    assert.equal(support.modeTakes('l', false), false);
    support.take(['-NETWORK']);
    assert.equal(support.text('NETWORK', 'none'), 'none');
  });

  test('members of NAMES have their ranks before them', () => {
    const support = new Support();
    support.take(['PREFIX=(ohv)@%+']);
    assert.deepEqual(parseMember('@+ada', support), { nick: 'ada', ranks: '@+' });
    assert.deepEqual(parseMember('bob!b@h', support), { nick: 'bob', ranks: '' });
  });
});

describe('irc/parts', () => {
  test('what fits is one part', () => {
    assert.deepEqual(partsOf('hello', 100), [{ text: 'hello', joins: false }]);
  });

  test('lines stay lines, and long ones are cut between words', () => {
    assert.deepEqual(
      partsOf('a\n\nb', 100).map(({ text }) => text),
      ['a', '', 'b'],
    );
    assert.deepEqual(partsOf('aaaa bbbb cccc', 10), [
      { text: 'aaaa bbbb ', joins: false },
      { text: 'cccc', joins: true },
    ]);
  });

  test('no character is cut, and nothing is lost', () => {
    const text = '🎉é漢'.repeat(40);
    const parts = partsOf(text, 20);
    assert.equal(parts.map((part) => part.text).join(''), text);
    assert.ok(parts.every((part) => new TextEncoder().encode(part.text).length <= 20));
    assert.ok(parts.every((part) => !part.text.includes('\uFFFD')));
  });

  test('parts that were cut are put together again', () => {
    const lines = partsOf('one two\nthree four five', 8).map(({ text, joins }) => ({
      params: ['#a', text],
      tags: new Map(joins ? [['draft/multiline-concat', '']] : []),
    }));
    assert.equal(joinParts(lines), 'one two\nthree four five');
  });
});
