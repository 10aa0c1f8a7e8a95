import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readFileSync, readdirSync } from 'node:fs';
import { Buffer } from '../../../web/src/chat/buffer.js';
import { loadEmoji, findEmoji } from '../../../web/src/format/emoji.js';
import { completionsAt, nicksOf } from '../../../web/src/ui/completion.js';
import { Notifier } from '../../../web/src/ui/notifier.js';

const source = new URL('../../../web/src/', import.meta.url);
const known = {
  nicks: ['Bob', 'bert', 'ada-x'],
  rooms: ['#dev', '#desk'],
  commands: [
    { name: 'help', help: 'Helps.' },
    { name: 'join', help: 'Joins.' },
  ],
  findEmoji,
};
const inserted = (text, caret = text.length) => completionsAt(text, caret, known)?.items.map(({ insert }) => insert);

describe('ui/completion', () => {
  test('a nick at the beginning is spoken to, elsewhere it is a word', () => {
    assert.deepEqual(inserted('b'), ['Bob: ', 'bert: ']);
    assert.deepEqual(inserted('hi bo'), ['Bob ']);
    assert.deepEqual(inserted('hi @be'), ['bert ']);
    assert.equal(inserted('hi x'), undefined);
    assert.equal(inserted('hi '), undefined);
    assert.equal(inserted(''), undefined);
  });

  test('what is completed is the word before the caret', () => {
    assert.deepEqual(completionsAt('hi bo there', 5, known), {
      start: 3,
      end: 5,
      kind: 'nick',
      items: [{ insert: 'Bob ', label: 'Bob' }],
    });
  });

  test('commands are completed at the beginning only', () => {
    assert.deepEqual(inserted('/h'), ['/help ']);
    assert.equal(inserted('x /h'), undefined);
    assert.equal(inserted('/h x'), undefined);
  });

  test('rooms and emoji are completed anywhere', async () => {
    await loadEmoji();
    assert.deepEqual(inserted('see #de'), ['#dev ', '#desk ']);
    assert.equal(inserted('x :tada')[0], '🎉 ');
    assert.equal(inserted('x :t'), undefined);
  });

  test("a ':' in a line of IRC begins no emoji", () => {
    assert.ok(inserted('say :smile').length > 0);
    assert.equal(inserted('/raw KILL bob :smile'), undefined);
    assert.equal(inserted('/quote KILL bob :smile'), undefined);
  });

  test('who spoke last comes first, and oneself never', () => {
    const buffer = new Buffer('#a', 'room');
    for (const nick of ['zoe', 'bob', 'ada', 'me']) buffer.setMember(nick, {});
    for (const [at, from] of ['bob', 'zoe', 'bob', 'me'].entries())
      buffer.timeline.add({ kind: 'message', from, own: from === 'me', text: 'x', time: at, msgid: String(at) });
    assert.deepEqual(nicksOf(buffer, 'me'), ['bob', 'zoe', 'ada']);
  });
});

describe('ui/notifier', () => {
  test('a browser that says it can notify, and throws, is asked once', (t) => {
    let asked = 0;
    class Notification {
      static permission = 'granted';
      constructor() {
        asked += 1;
        throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
      }
    }
    Object.assign(globalThis, { Notification, window: { Notification, isSecureContext: true } });
    t.after(() => {
      delete globalThis.Notification;
      delete globalThis.window;
    });
    const settings = {
      notify: true,
      set(name, value) {
        this[name] = value;
      },
    };
    const notifier = new Notifier({ settings, store: { looking: false } });
    assert.ok(notifier.possible());
    for (const text of ['one', 'two']) notifier.added(new Buffer('bob', 'person'), { from: 'bob', text });
    assert.equal(asked, 1);
    assert.equal(notifier.possible(), false);
    assert.equal(settings.notify, false);
  });
});

describe('the sources', () => {
  const files = readdirSync(source, { recursive: true }).filter((name) => name.endsWith('.js'));
  const read = (name) => readFileSync(new URL(name, source), 'utf8');

  test('nothing makes HTML or code of a text', () => {
    assert.ok(files.length > 20);
    for (const name of files) {
      assert.doesNotMatch(
        read(name),
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\b|new Function|setAttribute\('style|srcdoc/,
        name,
      );
    }
  });

  test('nothing is asked of another host', () => {
    for (const name of [
      ...files,
      'index.html',
      'icon.svg',
      'style/base.css',
      'style/layout.css',
      'style/messages.css',
      'style/dialogs.css',
    ]) {
      const addresses = read(name).match(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/g) ?? [];
      // Sources in comments, and the name of a namespace.
      assert.deepEqual(
        addresses.filter((address) => !/modern\.ircdocs\.horse|www\.w3\.org/.test(address)),
        [],
        name,
      );
    }
  });
});
