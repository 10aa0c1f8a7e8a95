// What stands in one conversation, in order: what was said and what happened, and behind it the own messages that the
// server has not confirmed yet. Pure.
//
// An item has a `key` of this page's own, a `version` that grows when it changes, a `time` (ms), a `kind`:
//   message, action, notice   said: {from, text, own, msgid, nonce, reply: msgid, reactions: Map(emoji → Set(nick)),
//                             mention, bot, toRank, redacted, state, why}
//   event                     somebody did something: {event: 'join' | 'part' | …, and what that is about}
//   info, error, gap          told by this page or by the server: {text}
// Only unconfirmed items have a `state`:
//   queued    not sent yet, and so never taken: is sent when that is possible
//   sent      on its way
//   checking  the connection was lost before the confirmation: the history will tell
//   unsure    it did not: the person decides
//   failed    refused, `why` says so
//
// A message's `nonce` is made by its sender and travels with it as a tag, also into the history: by it a message that
// was sent is found again, whatever happened to the connection.

import { sameName } from '../irc/names.js';

let lastKey = 0;

export class Timeline {
  items = [];
  pending = [];
  #byId = new Map();
  #early = new Map(); // reactions to messages that are not here (yet), by msgid

  add(fields) {
    const item = this.#made(fields);
    this.#settlePending(item);
    if (item.msgid && this.#byId.has(item.msgid)) return null;
    this.items.push(item);
    this.#know(item);
    return item;
  }

  // An own message, not confirmed.
  addPending(fields) {
    const item = this.#made({ own: true, ...fields });
    this.pending.push(item);
    return item;
  }

  // Messages of the past, oldest first. They find their places by what is known among them, by their times, and, being
  // all older than that message, before `before` (a msgid). Gives those that were not known, and whether any was: of
  // those that were there when newestKey() was `until`.
  merge(messages, { before, until = lastKey } = {}) {
    const added = [];
    let anchored = false;
    const next = this.#byId.get(before);
    let at = next ? this.items.indexOf(next) : this.items.length;
    for (const fields of [...messages].reverse()) {
      const known = this.#byId.get(fields.msgid);
      if (known) {
        anchored ||= known.key <= until;
        at = this.items.indexOf(known);
        continue;
      }
      at = Math.min(at, this.#placeFor(fields.time));
      const item = this.#made(fields);
      this.#settlePending(item);
      this.items.splice(at, 0, item);
      this.#know(item);
      added.unshift(item);
    }
    return { added, anchored };
  }

  // Something may be missing before `item`, or at the end.
  addGap(item, now) {
    const at = item ? this.items.indexOf(item) : this.items.length;
    if (this.items[at - 1]?.kind === 'gap') return;
    this.items.splice(at, 0, this.#made({ kind: 'gap', time: item ? item.time : now }));
  }

  // Items that come later have greater keys.
  newestKey() {
    return lastKey;
  }

  find(msgid) {
    return this.#byId.get(msgid);
  }

  pendingBy(nonce) {
    return this.pending.find((item) => item.nonce === nonce);
  }

  setState(item, state, why = '') {
    item.state = state;
    item.why = why;
    item.version += 1;
  }

  removePending(item) {
    this.pending = this.pending.filter((other) => other !== item);
  }

  // Somebody's reaction is there or is taken back. Those to unknown messages are kept for when they come, a few.
  react(msgid, emoji, nick, adds) {
    const item = this.#byId.get(msgid);
    if (!item) {
      if (adds && this.#early.size < 200)
        this.#early.set(msgid, [...(this.#early.get(msgid) ?? []), [emoji, nick]].slice(-50));
      return null;
    }
    const nicks = item.reactions.get(emoji) ?? new Set();
    if (adds) nicks.add(nick);
    else nicks.delete(nick);
    if (nicks.size === 0) item.reactions.delete(emoji);
    else if (item.reactions.size < 30 || item.reactions.has(emoji)) item.reactions.set(emoji, nicks);
    item.version += 1;
    return item;
  }

  // Who reacted has another nick: what he takes back then is what he gave before.
  renameReactions(from, to) {
    for (const item of this.items) {
      for (const nicks of item.reactions.values()) {
        if (!nicks.delete(from)) continue;
        nicks.add(to);
        item.version += 1;
      }
    }
  }

  redact(msgid, by, reason) {
    const item = this.#byId.get(msgid);
    if (!item) return null;
    Object.assign(item, { text: '', redacted: { by, reason }, reactions: new Map(), version: item.version + 1 });
    return item;
  }

  // The oldest and newest messages that the server's history may know.
  oldestId() {
    return this.items.find((item) => item.said)?.msgid;
  }

  newestId() {
    return this.items.findLast((item) => item.said)?.msgid;
  }

  // Forgets the oldest, down to `most`. True: there were more.
  trim(most) {
    const extra = this.items.length - most;
    if (extra <= 0) return false;
    for (const item of this.items.splice(0, extra)) {
      if (item.msgid) this.#byId.delete(item.msgid);
    }
    return true;
  }

  #made(fields) {
    lastKey += 1;
    const said = fields.kind === 'message' || fields.kind === 'action' || fields.kind === 'notice';
    return { key: lastKey, version: 0, said: said && Boolean(fields.msgid), reactions: new Map(), ...fields };
  }

  #know(item) {
    if (!item.msgid) return;
    this.#byId.set(item.msgid, item);
    for (const [emoji, nick] of this.#early.get(item.msgid) ?? []) this.react(item.msgid, emoji, nick, true);
    this.#early.delete(item.msgid);
  }

  #settlePending(item) {
    const pending = item.nonce && this.pendingBy(item.nonce);
    // Who comes back before the server has seen that he was lost has another nick for a while.
    if (!pending || !(item.own || sameName(item.from, pending.from))) return;
    this.removePending(pending);
    item.own = true;
    item.key = pending.key; // it is the same message, for the eye too
    item.version = pending.version + 1;
  }

  // Behind everything that is not newer.
  #placeFor(time) {
    let at = this.items.length;
    while (at > 0 && this.items[at - 1].time > time) at -= 1;
    return at;
  }
}
