// Which answer belongs to which command (IRCv3 "labeled-response"). Pure.
//
// An entry is {buffer, item, dispatch}: where the command was typed, the message that it says, and whether what is
// answered is also handled as what comes unasked.

export class Lost extends Error {}

export class Requests {
  #open = new Map();
  #last = 0;

  // The answer's units; fails with Lost when the connection ends before it.
  add(entry, label = this.newLabel()) {
    const answered = new Promise((resolve, reject) => {
      this.#open.set(label, { ...entry, resolve, reject });
    });
    answered.catch(() => {}); // nobody has to wait for it
    return { label, answered };
  }

  newLabel() {
    this.#last += 1;
    return `r${this.#last}`;
  }

  take(label) {
    const entry = this.#open.get(label);
    this.#open.delete(label);
    return entry;
  }

  failAll() {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const entry of open) entry.reject(new Lost('the connection was lost'));
  }
}
