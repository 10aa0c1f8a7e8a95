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
    const page = await this.#unlessLost(() => this.#olderPage(buffer, oldest));
    if (page) buffer.timeline.merge(page.messages, { before: oldest });
    buffer.past = page?.isLast ? 'all' : 'more';
    this.store.changed('items');
  }

  async #walkBack(buffer, returns) {
    // What is said from now on is known too when the answer comes, and is no sign of having found the way back.
    const until = buffer.timeline.newestKey();
    let page = await this.#ask(buffer, 'LATEST', '*', FIRST_LINES);
    let oldest; // of the messages that were found, as a msgid
    for (let step = 0; ; step += 1) {
      const { added, anchored } = buffer.timeline.merge(page.messages, { before: oldest, until });
      if (returns) this.store.count(buffer, added);
      oldest = page.messages[0]?.msgid ?? oldest;
      const enough = step === MOST_STEPS || (!returns && oldest !== undefined);
      if (anchored || page.isLast || enough) return { anchored, exhausted: page.isLast, oldest };
      page = await this.#ask(buffer, 'BEFORE', `msgid=${page.oldest}`, MORE_LINES);
    }
  }

  // The first page before that message that says something, or the last one.
  async #olderPage(buffer, msgid) {
    let page = { oldest: msgid };
    do {
      page = await this.#ask(buffer, 'BEFORE', `msgid=${page.oldest}`, MORE_LINES);
    } while (page.messages.length === 0 && !page.isLast);
    return page;
  }

  // A page of the past: {messages: what it says to a person, oldest first; oldest: the msgid that it begins with,
  // whatever that is; isLast: nothing is before it}. An empty one where the server refuses.
  async #ask(buffer, subcommand, reference, most) {
    const units = await this.session.request('CHATHISTORY', [subcommand, buffer.name, reference, most]);
    const items = units.find((unit) => unit.batch === 'chathistory')?.items ?? [];
    const messages = items.map((unit) => this.session.incoming.saidOf(unit)).filter((said) => said?.msgid);
    return { messages, oldest: items[0]?.tags.get('msgid'), isLast: items.length < most };
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
    const found = buffer.timeline.find(oldest);
    buffer.timeline.addGap(found, Date.now());
  }
}
