// What was said before one came, and while one was away: CHATHISTORY (docs/irc.md, "The past").
//
// What was missed is found by walking back from the newest message until one that is known, by msgid: that holds whether
// nothing was missed, or more than one answer has room for, or the server was started anew and has forgotten.
import { Lost } from './requests.js';

const FIRST_LINES = 50;
const MORE_LINES = 100;
const MOST_STEPS = 30;

export class History {
  constructor(session) {
    this.session = session;
    this.store = session.store;
  }

  // Upon joining. Afterwards it is known of every own message whether it has arrived, and others may be sent.
  async catchUp(buffer) {
    buffer.caughtUp = false;
    const before = buffer.past;
    const returns = before !== 'unknown'; // what is found was missed
    const knew = buffer.timeline.newestId() !== undefined;
    buffer.past = 'loading';
    const found = await this.#unlessLost(() => this.#walkBack(buffer, returns));
    if (found === null) {
      buffer.past = before === 'loading' ? 'unknown' : before;
      return;
    }
    buffer.past = found.anchored && before !== 'unknown' ? before : found.exhausted ? 'all' : 'more';
    if (knew && !found.anchored) this.#markGap(buffer, found.oldest);
    buffer.caughtUp = true;
    this.session.resolveChecking(buffer, found.anchored);
    this.store.changed('items', 'header');
  }

  async older(buffer) {
    const oldest = buffer.timeline.oldestId();
    if (buffer.past !== 'more' || !oldest || !buffer.joined) return;
    buffer.past = 'loading';
    this.store.changed('items');
    const messages = await this.#unlessLost(() => this.#ask(buffer, 'BEFORE', `msgid=${oldest}`, MORE_LINES));
    if (messages) buffer.timeline.merge(messages, { before: oldest });
    buffer.past = messages && messages.length < MORE_LINES ? 'all' : 'more';
    this.store.changed('items');
  }

  async #walkBack(buffer, returns) {
    // What is said from now on is known too when the answer comes, and is no sign of having found the way back.
    const until = buffer.timeline.newestKey();
    let messages = await this.#ask(buffer, 'LATEST', '*', FIRST_LINES);
    let asked = FIRST_LINES;
    let before;
    for (let step = 0; ; step += 1) {
      const { added, anchored } = buffer.timeline.merge(messages, { before, until });
      if (returns) this.store.count(buffer, added);
      const exhausted = messages.length < asked;
      if (anchored || exhausted || !returns || step === MOST_STEPS) return { anchored, exhausted, oldest: messages[0] };
      asked = MORE_LINES;
      before = messages[0].msgid;
      messages = await this.#ask(buffer, 'BEFORE', `msgid=${before}`, asked);
    }
  }

  // Oldest first. None where the server refuses.
  async #ask(buffer, ...words) {
    const units = await this.session.request('CHATHISTORY', [words[0], buffer.name, ...words.slice(1)]);
    const batch = units.find((unit) => unit.batch === 'chathistory');
    return (batch?.items ?? []).map((unit) => this.session.incoming.saidOf(unit)).filter((said) => said?.msgid);
  }

  async #unlessLost(work) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Lost) return null;
      throw error;
    }
  }

  // Something may be missing before the oldest of what was found.
  #markGap(buffer, oldest) {
    const found = oldest && buffer.timeline.find(oldest.msgid);
    buffer.timeline.addGap(found, Date.now());
  }
}
