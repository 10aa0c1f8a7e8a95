// What this browser remembers of a person: how the page looks, the nick, the rooms. Where a browser keeps nothing, it
// holds as long as the page does.

const DEFAULTS = { theme: 'system', notify: false, showJoins: true, nick: '', rooms: [] };
const KEY = 'banter';
const STAY_KEY = 'banter-signed-in'; // of this tab alone

export class Settings {
  constructor(changed) {
    this.changed = changed;
    Object.assign(this, DEFAULTS, read(localStorageOf, KEY));
    if (!Array.isArray(this.rooms)) this.rooms = [];
  }

  set(name, value) {
    if (this[name] === value) return;
    this[name] = value;
    // What else is kept may be another tab's, and newer than what is known here.
    write(localStorageOf, KEY, { ...read(localStorageOf, KEY), [name]: value });
    this.changed(name);
  }

  // A page that is loaded again in this tab goes on where it was.
  get stays() {
    return read(sessionStorageOf, STAY_KEY) ?? null;
  }

  set stays(value) {
    write(sessionStorageOf, STAY_KEY, value);
  }
}

// Even to ask for them is refused by some browsers.
const localStorageOf = () => window.localStorage;
const sessionStorageOf = () => window.sessionStorage;

function read(storage, key) {
  try {
    return JSON.parse(storage().getItem(key)) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, JSON.stringify(value));
  } catch {
    // Nothing is kept there.
  }
}
