// When to tell others that one is typing (IRCv3 "typing"): at most every three seconds while the text changes, and once
// when it has been emptied. Pure: the clock is passed in.

const EVERY_MS = 3000;

export class TypingNotice {
  #last = -Infinity;
  #told = false;

  // The text has changed to `text`. Gives what is to be told: 'active', 'done' or nothing.
  changed(text, now) {
    if (text === '' || text.startsWith('/')) {
      const told = this.#told;
      this.#told = false;
      this.#last = -Infinity;
      return told ? 'done' : null;
    }
    if (now - this.#last < EVERY_MS) return null;
    this.#last = now;
    this.#told = true;
    return 'active';
  }

  // The text was sent: everybody sees that one has stopped typing.
  sent() {
    this.#told = false;
    this.#last = -Infinity;
  }
}
