import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasCodes, plainText, runsOf } from '../../../web/src/format/codes.js';
import {
  DARK_PAGE,
  LIGHT_PAGE,
  colourIndex,
  contrast,
  paletteColour,
  readableOn,
} from '../../../web/src/format/colours.js';
import { findEmoji, loadEmoji, onlyEmoji, replaceNames } from '../../../web/src/format/emoji.js';
import { pieces } from '../../../web/src/format/links.js';
import { dayOf, dayText, durationText, serverTime } from '../../../web/src/format/time.js';

describe('format/codes', () => {
  const short = (text) =>
    runsOf(text).map((run) =>
      [run.text, ...['bold', 'italic', 'underline', 'strike', 'mono', 'reverse'].filter((flag) => run[flag])].join(' '),
    );

  test('codes turn on, off, and all off', () => {
    assert.deepEqual(short('a\x02b\x1dc\x02d\x0fe'), ['a', 'b bold', 'c bold italic', 'd italic', 'e']);
    assert.deepEqual(short('\x1fu\x1f\x1es\x1e\x11m\x11\x16r'), ['u underline', 's strike', 'm mono', 'r reverse']);
  });

  test('colours have one or two digits, and a comma belongs to the text where no second one follows', () => {
    const colours = (text) => runsOf(text).map(({ text: said, fg, bg }) => [said, fg, bg]);
    assert.deepEqual(colours('\x034red\x03 no'), [
      ['red', '#ff0000', null],
      [' no', null, null],
    ]);
    assert.deepEqual(colours('\x0304,01x'), [['x', '#ff0000', '#000000']]);
    assert.deepEqual(colours('\x034,x'), [[',x', '#ff0000', null]]);
    assert.deepEqual(colours('\x03123'), [['3', '#0000fc', null]]);
    assert.deepEqual(colours('\x0399x'), [['x', null, null]]);
    assert.deepEqual(colours('\x04ff8000,0000FFx'), [['x', '#ff8000', '#0000ff']]);
    assert.deepEqual(colours('\x034,1a\x035b'), [
      ['a', '#ff0000', '#000000'],
      ['b', '#7f0000', '#000000'],
    ]);
  });

  test('other control characters vanish, lines stay', () => {
    assert.equal(plainText('a\x00\x07\x1b[31m\nb\tc\x02'), 'a[31m\nb\tc');
    assert.ok(hasCodes('\x02'));
    assert.ok(!hasCodes('plain'));
  });

  test('what turns the direction of text is replaced, in links too', () => {
    const turned = '\u202ehttp://a.example/moc.knab//:sptth\u202c \u2066\u2069';
    assert.equal(plainText(turned), '\ufffdhttp://a.example/moc.knab//:sptth\ufffd \ufffd\ufffd');
    assert.equal(plainText('\u0645\u0631\u062d\u0628\u0627 \u200f!'), '\u0645\u0631\u062d\u0628\u0627 \u200f!');
  });
});

describe('format/colours', () => {
  test('whatever colour is asked for can be read, on light and on dark', () => {
    for (let code = 0; code < 99; code += 1) {
      for (const page of [LIGHT_PAGE, DARK_PAGE]) {
        assert.ok(contrast(readableOn(paletteColour(code), page), page) >= 4.5, `${code} on ${page}`);
      }
      for (let other = 0; other < 99; other += 7) {
        assert.ok(
          contrast(readableOn(paletteColour(other), paletteColour(code)), paletteColour(code)) >= 4.5,
          `${other} on ${code}`,
        );
      }
    }
  });

  test('a colour that can be read stays as it is', () => {
    assert.equal(readableOn('#0000ff', LIGHT_PAGE), '#0000ff');
    assert.equal(paletteColour(99), null);
  });

  test('a name always has the same colour', () => {
    assert.equal(colourIndex('ada', 12), colourIndex('ada', 12));
    assert.ok(new Set(Array.from({ length: 200 }, (_, at) => colourIndex(`n${at}`, 12))).size === 12);
  });
});

describe('format/links', () => {
  const links = (text) =>
    pieces(text)
      .filter(({ href }) => href)
      .map(({ text: shown }) => shown);
  const rooms = (text) =>
    pieces(text)
      .filter(({ room }) => room)
      .map(({ room }) => room);

  test('the pieces together are the text', () => {
    const text = 'see https://a.example/x, #dev (http://b.example/(y)) and <https://c.example>.';
    assert.equal(
      pieces(text)
        .map((piece) => piece.text)
        .join(''),
      text,
    );
    assert.deepEqual(links(text), ['https://a.example/x', 'http://b.example/(y)', 'https://c.example']);
    assert.deepEqual(rooms(text), ['#dev']);
  });

  test("a sentence's end is not part of an address", () => {
    assert.deepEqual(links('http://a.example/b.'), ['http://a.example/b']);
    assert.deepEqual(links('(http://a.example/b)'), ['http://a.example/b']);
    assert.deepEqual(links('http://a.example/b_(c)?'), ['http://a.example/b_(c)']);
    assert.deepEqual(links('HTTPS://A.example'), ['HTTPS://A.example']);
  });

  test('nothing but http and https is ever followed', () => {
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'ftp://a',
      'vbscript:x',
      'java\nscript:x',
      'http://',
      'https://[',
    ]) {
      assert.deepEqual(links(text), [], text);
    }
    for (const { href } of pieces('http://javascript:alert(1)@x https://a"onclick=x http://a\'b').filter(
      (piece) => piece.href,
    )) {
      assert.match(href, /^https?:\/\//);
    }
  });

  test('numbers, colours in addresses and words with a # are no rooms', () => {
    assert.deepEqual(rooms('#1 is fixed, c#x, http://a.example/#frag, &#x'), []);
    assert.deepEqual(rooms('#dev, #a-b. (#x)'), ['#dev', '#a-b', '#x']);
  });
});

describe('format/time', () => {
  test("days are told by the reader's calendar", () => {
    const words = { today: 'T', yesterday: 'Y' };
    const noon = new Date(2026, 5, 15, 12).getTime();
    assert.equal(dayText(noon - 1000, noon, words), 'T');
    assert.equal(dayText(new Date(2026, 5, 14, 0, 1).getTime(), noon, words), 'Y');
    assert.match(dayText(new Date(2026, 0, 2).getTime(), noon, words), /2 January/);
    assert.match(dayText(new Date(2020, 0, 2).getTime(), noon, words), /2020/);
    assert.notEqual(dayOf(new Date(2026, 0, 2, 23, 59).getTime()), dayOf(new Date(2026, 0, 3, 0, 0).getTime()));
  });

  test('what is no time is now', () => {
    assert.equal(serverTime('2026-01-02T03:04:05.678Z', 7), Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    assert.equal(serverTime('nonsense', 7), 7);
    assert.equal(serverTime(undefined, 7), 7);
  });

  test('durations are short', () => {
    assert.deepEqual([5, 65, 3700, 200000].map(durationText), ['5 s', '1 min', '1 h 1 min', '2 days']);
  });
});

describe('format/emoji', () => {
  test('no two have one name, and each can be found', async () => {
    const groups = await loadEmoji();
    const all = groups.flatMap(({ emoji }) => emoji);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    assert.equal(new Set(all.map(({ char }) => char)).size, all.length);
    for (const { name } of all) assert.equal(findEmoji(name, 1)[0].name, name);
    for (const { char } of all) assert.match(char, /\p{Extended_Pictographic}|\u20e3/u);
  });

  test('the best come first', async () => {
    await loadEmoji();
    assert.equal(findEmoji('ta')[0].name, 'taco');
    assert.ok(findEmoji('tada').length >= 1);
    assert.ok(findEmoji('a', 5).length === 5);
    assert.deepEqual(findEmoji('nosuchname'), []);
  });

  test('names become emoji only where there is one', async () => {
    await loadEmoji();
    assert.equal(replaceNames('a :tada: b :nosuch: 10:30:20 x:tada:'), 'a 🎉 b :nosuch: 10:30:20 x:tada:');
  });

  test('a few emoji alone are recognised', () => {
    for (const text of ['🎉', '👍🏽', '👩‍💻 🎉', '❤️']) assert.ok(onlyEmoji(text), text);
    for (const text of ['', 'a🎉', '🎉🎉🎉🎉', '1', '#']) assert.ok(!onlyEmoji(text), text);
  });
});
