// How long to wait before connecting again: twice as long each time, up to half a minute, and by chance between half of
// that and all of it, so that thousands of pages do not come back in one instant. Pure: chance is passed in.

const FIRST_MS = 1000;
const MOST_MS = 30000;

export class Backoff {
  #failures = 0;

  constructor(random = Math.random) {
    this.random = random;
  }

  next() {
    const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.round(ceiling * (0.5 + this.random() / 2));
  }

  reset() {
    this.#failures = 0;
  }
}
