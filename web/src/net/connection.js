// The WebSocket to the server: opens it, notices when it is dead, and opens it again. Knows lines, but none of their
// meanings.
//
// States: `idle` (closed, and to stay so), `connecting`, `open`, `waiting` (lost; opens again at `retryAt`). Calls
// `on.state()` at every change, `on.line(text)` for each line.
import { Backoff } from './backoff.js';

const SUBPROTOCOL = 'text.ircv3.net';
const QUIET_MS = 30000; // after so much silence the server is asked whether it is there
const ANSWER_MS = 15000; // and has so long to say anything
const CONNECT_MS = 20000;

export class Connection {
  #socket = null;
  #timer = null;
  #backoff = new Backoff();

  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.state = 'idle';
    this.retryAt = 0;
    window.addEventListener('online', () => this.retryNow());
    document.addEventListener('visibilitychange', () => this.#wake());
  }

  open() {
    if (this.state === 'connecting' || this.state === 'open') return;
    clearTimeout(this.#timer);
    this.state = 'connecting';
    const socket = new WebSocket(this.url, SUBPROTOCOL);
    this.#socket = socket;
    // A socket that was given up may still have something to say: only the newest is listened to.
    const current = (then) => (event) => {
      if (this.#socket === socket) then(event);
    };
    socket.addEventListener(
      'open',
      current(() => this.#opened()),
    );
    socket.addEventListener(
      'message',
      current((event) => this.#received(event.data)),
    );
    socket.addEventListener(
      'close',
      current(() => this.#lost()),
    );
    this.#timer = setTimeout(() => this.#lost(), CONNECT_MS);
    this.on.state();
  }

  // For good: it does not open again by itself.
  close() {
    this.#drop();
    this.#become('idle');
  }

  send(line) {
    if (this.state === 'open') this.#socket.send(line);
  }

  retryNow() {
    if (this.state === 'waiting') this.open();
  }

  // What was agreed with the server holds, so the next loss is a new one.
  settled() {
    this.#backoff.reset();
  }

  #opened() {
    this.#become('open');
    this.#listen();
  }

  #received(data) {
    this.#listen();
    if (typeof data === 'string') this.on.line(data);
  }

  // Silence is broken by a PING; no answer to that is the end.
  #listen() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), QUIET_MS);
  }

  #ask() {
    clearTimeout(this.#timer);
    this.send('PING alive');
    this.#timer = setTimeout(() => this.#lost(), ANSWER_MS);
  }

  // A machine that slept has timers that slept too.
  #wake() {
    if (document.hidden) return;
    if (this.state === 'open') this.#ask();
    this.retryNow();
  }

  #lost() {
    this.#drop();
    const delay = this.#backoff.next();
    this.retryAt = Date.now() + delay;
    this.#timer = setTimeout(() => this.open(), delay);
    this.#become('waiting');
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #become(state) {
    this.state = state;
    this.on.state();
  }
}
