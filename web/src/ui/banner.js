// How the connection is, where it is not well.
import { texts } from '../texts.js';
import { clear, el } from './dom.js';

const BACK_MS = 2500;

export class Banner {
  #wasLost = false;

  constructor(page) {
    this.page = page;
    this.words = el('span');
    this.retry = el('button', {
      class: 'button small',
      type: 'button',
      text: texts.banner.retry,
      on: { click: () => page.session.retryNow() },
    });
    // What changes every second is not read out, but that it is lost and back is.
    this.spoken = el('div', { class: 'unseen', role: 'status' });
    this.bar = el('div', { class: 'banner', hidden: true }, this.words, this.retry);
    this.element = el('div', {}, this.bar, this.spoken);
  }

  render() {
    const { session, store } = this.page;
    const { phase, retryAt, why } = store.connection;
    const b = texts.banner;
    this.retry.hidden = phase !== 'waiting';
    if (phase === 'waiting') {
      const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      this.#show('lost', why ? b.waitingBecause(why, seconds) : b.waiting(seconds));
      this.#speak(b.lost);
      this.#wasLost = true;
    } else if (phase === 'connecting') {
      this.#show('lost', b.connecting);
    } else if (this.#wasLost) {
      this.#wasLost = false;
      this.#show('back', b.back);
      this.#speak(b.back);
      setTimeout(() => this.render(), BACK_MS);
    } else if (!session.hasOwnNick()) {
      this.#show('note', b.otherNick(store.me.nick, session.wantedNick()));
    } else {
      this.bar.hidden = true;
    }
  }

  #show(kind, words) {
    this.bar.hidden = false;
    this.bar.className = `banner ${kind}`;
    if (this.words.textContent !== words) clear(this.words, words);
  }

  #speak(words) {
    if (this.spoken.textContent !== words) this.spoken.textContent = words;
  }
}
