import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from '../../../web/src/chat/timeline.js';

const said = (msgid, time, more = {}) => ({ kind: 'message', from: 'bob', text: msgid, msgid, time, ...more });
const texts = (timeline) => timeline.items.map((item) => item.text ?? item.event ?? item.kind);

describe('chat/timeline', () => {
  test('a message that is known is not added twice', () => {
    const timeline = new Timeline();
    assert.ok(timeline.add(said('a', 1)));
    assert.equal(timeline.add(said('a', 1)), null);
    assert.deepEqual(texts(timeline), ['a']);
  });

  test('an own message is pending until it comes back, and is then the same one', () => {
    const timeline = new Timeline();
    const pending = timeline.addPending({ kind: 'message', from: 'me', text: 'x', time: 5, state: 'sent', nonce: 'n' });
    timeline.add(said('a', 6));
    const item = timeline.add(said('x', 7, { own: true, nonce: 'n' }));
    assert.equal(timeline.pending.length, 0);
    assert.equal(item.key, pending.key);
    assert.equal(item.state, undefined);
    assert.deepEqual(texts(timeline), ['a', 'x']);
  });

  test('somebody else cannot confirm it with my nonce', () => {
    const timeline = new Timeline();
    timeline.addPending({ kind: 'message', from: 'me', text: 'x', time: 5, state: 'sent', nonce: 'n' });
    timeline.add(said('a', 6, { own: false, nonce: 'n' }));
    assert.equal(timeline.pending.length, 1);
  });

  test('it is confirmed under the nick that it was written by, whatever one is called since', () => {
    const timeline = new Timeline();
    timeline.addPending({ kind: 'message', from: 'me', text: 'x', time: 5, state: 'checking', nonce: 'n' });
    const { added } = timeline.merge([said('x', 6, { from: 'Me', own: false, nonce: 'n' })]);
    assert.equal(timeline.pending.length, 0);
    assert.equal(added[0].own, true);
  });

  test('the past goes before what is there', () => {
    const timeline = new Timeline();
    timeline.add(said('c', 30));
    const { added, anchored } = timeline.merge([said('a', 10), said('b', 20)]);
    assert.deepEqual(texts(timeline), ['a', 'b', 'c']);
    assert.deepEqual(
      added.map(({ text }) => text),
      ['a', 'b'],
    );
    assert.equal(anchored, false);
  });

  test('what was missed goes between what was known and what came meanwhile, without doubles', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 10));
    timeline.add(said('e', 50)); // came after joining again, before the history
    const { added, anchored } = timeline.merge([
      said('a', 10),
      said('b', 20),
      said('c', 30),
      said('d', 40),
      said('e', 50),
    ]);
    assert.deepEqual(texts(timeline), ['a', 'b', 'c', 'd', 'e']);
    assert.equal(added.length, 3);
    assert.ok(anchored);
  });

  test('messages of one millisecond keep the order that the history has', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 10));
    timeline.add(said('d', 10));
    timeline.merge([said('a', 10), said('b', 10), said('c', 10), said('d', 10), said('e', 10)]);
    assert.deepEqual(texts(timeline), ['a', 'b', 'c', 'd', 'e']);
  });

  test('older messages go before what they are older than, also within one millisecond', () => {
    const timeline = new Timeline();
    timeline.merge([said('c', 10), said('d', 10)]);
    timeline.merge([said('a', 10), said('b', 10)], { before: 'c' });
    assert.deepEqual(texts(timeline), ['a', 'b', 'c', 'd']);
  });

  test('what came after the question was asked does not anchor its answer', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 10));
    const until = timeline.newestKey();
    timeline.add(said('z', 90));
    assert.equal(timeline.merge([said('y', 80), said('z', 90)], { until }).anchored, false);
    assert.equal(timeline.merge([said('a', 10), said('b', 20)], { until, before: 'y' }).anchored, true);
    assert.deepEqual(texts(timeline), ['a', 'b', 'y', 'z']);
  });

  test('a clock that went back does not change the order of the history', () => {
    const timeline = new Timeline();
    timeline.merge([said('a', 30), said('b', 20), said('c', 40)]);
    assert.deepEqual(texts(timeline), ['a', 'b', 'c']);
  });

  test('a message that was sent before the loss is found in the history', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 10));
    const pending = timeline.addPending({
      kind: 'message',
      from: 'me',
      text: 'x',
      time: 15,
      state: 'checking',
      nonce: 'n',
    });
    timeline.merge([said('a', 10), said('x', 20, { own: true, nonce: 'n' }), said('b', 30)]);
    assert.equal(timeline.pending.length, 0);
    assert.equal(timeline.find('x').key, pending.key);
    assert.deepEqual(texts(timeline), ['a', 'x', 'b']);
  });

  test('reactions are counted once a person and taken back', () => {
    const timeline = new Timeline();
    const item = timeline.add(said('a', 1));
    timeline.react('a', '👍', 'bob', true);
    timeline.react('a', '👍', 'bob', true);
    timeline.react('a', '👍', 'eve', true);
    assert.deepEqual([...item.reactions.get('👍')], ['bob', 'eve']);
    timeline.react('a', '👍', 'bob', false);
    timeline.react('a', '👍', 'eve', false);
    assert.equal(item.reactions.size, 0);
    assert.ok(item.version > 0);
  });

  test('a reaction that comes before its message waits for it', () => {
    const timeline = new Timeline();
    timeline.react('a', '👍', 'bob', true);
    assert.equal(timeline.add(said('a', 1)).reactions.get('👍').size, 1);
  });

  test('one message has a bounded number of different reactions', () => {
    const timeline = new Timeline();
    const item = timeline.add(said('a', 1));
    for (let at = 0; at < 100; at += 1) timeline.react('a', `r${at}`, 'bob', true);
    assert.equal(item.reactions.size, 30);
  });

  test('a message that was taken back has no text any more', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 1));
    const item = timeline.redact('a', 'bob', 'why');
    assert.equal(item.text, '');
    assert.deepEqual(item.redacted, { by: 'bob', reason: 'why' });
    assert.equal(timeline.redact('unknown', 'bob', ''), null);
  });

  test('what was trimmed can be fetched again', () => {
    const timeline = new Timeline();
    for (let at = 0; at < 10; at += 1) timeline.add(said(`m${at}`, at));
    assert.ok(timeline.trim(4));
    assert.equal(timeline.trim(4), false);
    assert.equal(timeline.oldestId(), 'm6');
    timeline.merge([said('m4', 4), said('m5', 5)]);
    assert.deepEqual(texts(timeline), ['m4', 'm5', 'm6', 'm7', 'm8', 'm9']);
  });

  test('only what was said is a reference for the history', () => {
    const timeline = new Timeline();
    timeline.add({ kind: 'event', event: 'join', nick: 'a', msgid: 'j', time: 1 });
    assert.equal(timeline.oldestId(), undefined);
    timeline.add(said('a', 2));
    timeline.add({ kind: 'event', event: 'part', nick: 'a', msgid: 'p', time: 3 });
    assert.equal(timeline.newestId(), 'a');
  });

  test('a gap stands once, before what was found', () => {
    const timeline = new Timeline();
    timeline.add(said('a', 1));
    const item = timeline.add(said('b', 2));
    timeline.addGap(item, 9);
    timeline.addGap(item, 9);
    assert.deepEqual(texts(timeline), ['a', 'gap', 'b']);
  });
});
