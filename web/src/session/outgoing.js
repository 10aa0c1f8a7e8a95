// What one says, from the moment it is typed until the server has confirmed it, over lost connections.
//
// A message is written once. Only when the history shows that the server did not take it is it written again by itself
// (chat/timeline.js has the states); where nobody can know, the person is asked.
import { byteLength } from '../irc/names.js';
import { formatLine } from '../irc/line.js';
import { partsOf } from '../irc/parts.js';
import { replaceNames } from '../format/emoji.js';
import { texts } from '../texts.js';

// The tag that carries a message's nonce. The server keeps clients' tags with the message, also in the history.
export const NONCE_TAG = '+banter/nonce';
const LINE_BYTES = 510;
const UNKNOWN_MASK_BYTES = 120; // as long as one's own is not known

export class Outgoing {
  constructor(session) {
    this.session = session;
    this.store = session.store;
  }

  // Gives what is wrong, as a key of texts.composer, or null: then it is on its way. `toRank`: it is for some of the room.
  say(buffer, typed, { action = false, toRank = '' } = {}) {
    const text = replaceNames(typed.replace(/\s+$/, ''));
    if (text === '') return null;
    if (buffer.kind === 'server') return 'serverOnly';
    if (!this.#mayBeIn(buffer)) return 'notIn';
    const parts = this.#parts(toRank + buffer.name, text, action);
    const limits = this.#limits();
    if (action && parts.length > 1) return 'actionLong';
    if (parts.length > limits.lines) return 'tooManyLines';
    if (byteLength(text) + parts.length > limits.bytes) return 'tooLong';
    buffer.timeline.addPending({
      kind: action ? 'action' : 'message',
      toRank,
      from: this.store.me.nick,
      text,
      time: Date.now(),
      state: 'queued',
      nonce: newNonce(),
      reply: buffer.replyTo?.msgid,
    });
    buffer.replyTo = null;
    this.flush(buffer);
    this.store.changed('items');
    return null;
  }

  // Sends what waits, in its order, if it may be sent.
  flush(buffer) {
    if (!this.#maySend(buffer)) return;
    for (const item of buffer.timeline.pending) {
      if (item.state === 'checking') return;
      if (item.state === 'queued') this.#transmit(buffer, item);
    }
  }

  // The connection was lost. What was on its way may have arrived or not.
  lost() {
    for (const buffer of this.store.buffers.values()) {
      for (const item of buffer.timeline.pending) {
        const isKept = buffer.kind === 'room' && !item.toRank; // in the history
        if (item.state === 'sent') buffer.timeline.setState(item, isKept ? 'checking' : 'unsure');
      }
    }
  }

  // The history has been read, and those that it has are confirmed. `complete`: what it has not was not taken.
  resolveChecking(buffer, complete) {
    for (const item of buffer.timeline.pending) {
      if (item.state === 'checking') buffer.timeline.setState(item, complete ? 'queued' : 'unsure');
    }
    this.flush(buffer);
  }

  // One is not in that room any more, and does not come back by oneself: nothing waits for that.
  left(buffer) {
    this.resolveChecking(buffer, false);
    for (const item of buffer.timeline.pending) {
      if (item.state === 'queued') buffer.timeline.setState(item, 'failed', texts.messages.notIn);
    }
    this.store.changed('items');
  }

  // The person wants it to be sent, whatever became of it.
  again(buffer, item) {
    if (!this.#mayBeIn(buffer)) return this.session.incoming.tell(buffer, texts.composer.notIn, 'error');
    buffer.timeline.setState(item, 'queued');
    item.nonce = newNonce();
    item.time = Date.now();
    this.flush(buffer);
    this.store.changed('items');
    return undefined;
  }

  discard(buffer, item) {
    buffer.timeline.removePending(item);
    this.store.changed('items');
  }

  hasUnsent() {
    return [...this.store.buffers.values()].some((buffer) =>
      buffer.timeline.pending.some((item) => item.state !== 'failed'),
    );
  }

  #mayBeIn(buffer) {
    return buffer.kind !== 'room' || buffer.joined || buffer.wanted;
  }

  #maySend(buffer) {
    if (this.store.connection.phase !== 'online') return false;
    return buffer.kind === 'room' ? buffer.joined && buffer.caughtUp : buffer.kind === 'person';
  }

  async #transmit(buffer, item) {
    buffer.timeline.setState(item, 'sent');
    const tags = { label: item.nonce, [NONCE_TAG]: item.nonce };
    if (item.reply) tags['+draft/reply'] = item.reply;
    const answered = this.session.expect({ buffer, item, dispatch: true }, item.nonce);
    for (const line of this.#lines(buffer, item, tags)) this.session.sendLine(line);
    try {
      await answered;
      // Answered, and neither confirmed nor refused.
      if (buffer.timeline.pending.includes(item) && item.state === 'sent') buffer.timeline.setState(item, 'failed');
      this.store.changed('items');
    } catch {
      // The connection was lost: lost() has seen to it.
    }
  }

  #lines(buffer, item, tags) {
    const action = item.kind === 'action';
    const target = item.toRank + buffer.name;
    const parts = this.#parts(target, item.text, action);
    if (parts.length === 1) {
      const text = action ? `\x01ACTION ${item.text}\x01` : item.text;
      return [formatLine('PRIVMSG', [target, text], tags)];
    }
    const lines = parts.map(({ text, joins }) => {
      const marks = joins ? { batch: item.nonce, 'draft/multiline-concat': '' } : { batch: item.nonce };
      return formatLine('PRIVMSG', [target, text], marks);
    });
    return [
      formatLine('BATCH', [`+${item.nonce}`, 'draft/multiline', target], tags),
      ...lines,
      formatLine('BATCH', [`-${item.nonce}`]),
    ];
  }

  #parts(target, text, action) {
    const mask = this.store.me.mask ? byteLength(this.store.me.mask) : UNKNOWN_MASK_BYTES;
    const frame = mask + byteLength(`: PRIVMSG ${target} :`) + (action ? byteLength('\x01ACTION \x01') : 0);
    return partsOf(text, LINE_BYTES - frame);
  }

  // Without the capability a message has one line.
  #limits() {
    const value = this.session.capability('draft/multiline');
    if (value === undefined) return { lines: 1, bytes: LINE_BYTES };
    const number = (name, otherwise) => Number(new RegExp(`${name}=(\\d+)`).exec(value)?.[1] ?? otherwise);
    return { lines: number('max-lines', 24), bytes: number('max-bytes', 4096) };
  }
}

function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
