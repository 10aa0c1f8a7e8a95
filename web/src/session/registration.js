// The first words with the server: capabilities, password, nick. Ends with the welcome, or waits for another nick.
import { fold } from '../irc/names.js';

// All of them are what banterd offers; without the first ones this page does not work.
const REQUIRED = ['batch', 'echo-message', 'labeled-response', 'message-tags', 'server-time', 'draft/chathistory'];
const WANTED = [
  ...REQUIRED,
  'away-notify',
  'cap-notify',
  'draft/message-redaction',
  'draft/multiline',
  'extended-monitor',
  'invite-notify',
  'multi-prefix',
  'setname',
  'standard-replies',
];

const SHORT_NICK = 20; // every server has room for so many letters: limits.nick_bytes is no less
const MOST_TRIES = 10;
const NICK_REFUSED = new Set(['432', '433', '436', '437']);

export class Registration {
  capabilities = new Map(); // those agreed on, with their values
  done = false;
  #offered = new Map();
  #tries = 0;

  // `fallback`: a nick that is taken is varied some times, before another is asked for. `on`: {refused(code, text), missing(names)}.
  constructor(send, { nick, password, fallback, on }) {
    this.send = send;
    this.nick = nick;
    this.password = password;
    this.fallback = fallback;
    this.on = on;
  }

  begin() {
    this.send('CAP', ['LS', '302']);
    if (this.password) this.send('PASS', [this.password]);
    this.send('NICK', [this.nick]);
    this.send('USER', ['web', '0', '*', this.nick]);
  }

  again(nick) {
    this.nick = nick;
    this.send('NICK', [nick]);
  }

  // True: the line was about registration.
  take({ command, params }) {
    if (command === 'CAP') {
      this.#capability(params);
      return true;
    }
    if (this.done) return false;
    if (command === '001') {
      this.done = true;
      return false;
    }
    if (!NICK_REFUSED.has(command)) return false;
    if (this.fallback && this.#tries < MOST_TRIES) this.again(this.#variation());
    else this.on.refused(command, params.at(-1));
    return true;
  }

  #capability([, subcommand, ...rest]) {
    const words = (rest.at(-1) ?? '').split(' ').filter((word) => word !== '');
    if (subcommand === 'LS') {
      for (const word of words) this.#offered.set(...pairOf(word));
      if (rest.length < 2) this.#request();
    } else if (subcommand === 'ACK') {
      for (const name of words) this.capabilities.set(name, this.#offered.get(name) ?? '');
      if (!this.done) this.send('CAP', ['END']);
    } else if (subcommand === 'NAK') {
      this.on.missing(words);
    } else if (subcommand === 'DEL') {
      for (const name of words) this.capabilities.delete(name);
    }
  }

  #request() {
    const missing = REQUIRED.filter((name) => !this.#offered.has(name));
    if (missing.length > 0) this.on.missing(missing);
    else this.send('CAP', ['REQ', WANTED.filter((name) => this.#offered.has(name)).join(' ')]);
  }

  // ada_, ada__, then numbers.
  #variation() {
    this.#tries += 1;
    const behind = this.#tries <= 2 ? '_'.repeat(this.#tries) : `_${Math.floor(Math.random() * 100000)}`;
    return this.fallback.slice(0, SHORT_NICK - behind.length) + behind;
  }
}

function pairOf(word) {
  const [, name, value = ''] = /^([^=]*)(?:=(.*))?$/.exec(word);
  return [name, value];
}

// Why it is no nick, as a key of texts.signIn, or null. The server has the last word.
export function nickProblem(nick, most = 32) {
  if (nick === '') return 'nickMissing';
  if (nick.length > most) return 'nickLong';
  if (!/^[A-Za-z_[\]{}|^`\\][A-Za-z0-9_[\]{}|^`\\-]*$/.test(nick)) return 'nickWrong';
  return fold(nick).startsWith('guest-') ? 'nickGuest' : null;
}
