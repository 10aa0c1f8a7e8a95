// The connection with a played WebSocket, window and clock.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Connection } from '../../../web/src/net/connection.js';

class PlayedSocket extends EventTarget {
  static made = [];
  sent = [];
  closed = false;

  constructor(url, subprotocol) {
    super();
    Object.assign(this, { url, subprotocol });
    PlayedSocket.made.push(this);
  }
  send(line) {
    this.sent.push(line);
  }
  close() {
    this.closed = true;
  }
  happens(name, data) {
    this.dispatchEvent(Object.assign(new Event(name), { data }));
  }
}

describe('net/connection', () => {
  const real = {};
  let timers; // [{at, run}]
  let now;
  let states;
  let lines;
  let connection;

  beforeEach(() => {
    timers = [];
    now = 0;
    PlayedSocket.made = [];
    const played = {
      WebSocket: PlayedSocket,
      window: new EventTarget(),
      document: Object.assign(new EventTarget(), { hidden: false }),
      setTimeout: (run, delay) => {
        const timer = { at: now + delay, run };
        timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        timers = timers.filter((other) => other !== timer);
      },
    };
    for (const [name, value] of Object.entries(played)) {
      real[name] = globalThis[name];
      globalThis[name] = value;
    }
    states = [];
    lines = [];
    const on = { state: () => states.push(connection.state), line: (text) => lines.push(text) };
    connection = new Connection('ws://host/ws', on);
  });
  afterEach(() => Object.assign(globalThis, real));

  const socket = () => PlayedSocket.made.at(-1);
  const pass = (milliseconds) => {
    now += milliseconds;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers = timers.filter((other) => other !== timer);
      timer.run();
    }
  };
  const open = () => {
    connection.open();
    socket().happens('open');
  };

  test('lines go both ways once it is open', () => {
    connection.open();
    connection.send('too early');
    socket().happens('open');
    connection.send('NICK ada');
    socket().happens('message', 'PING x');
    assert.equal(socket().subprotocol, 'text.ircv3.net');
    assert.deepEqual(socket().sent, ['NICK ada']);
    assert.deepEqual(lines, ['PING x']);
    assert.deepEqual(states, ['connecting', 'open']);
  });

  test('a server that falls silent is asked, and given up when it does not answer', () => {
    open();
    pass(30000);
    assert.deepEqual(socket().sent, ['PING alive']);
    socket().happens('message', 'PONG alive');
    pass(29999);
    assert.equal(connection.state, 'open');
    pass(1);
    assert.deepEqual(socket().sent, ['PING alive', 'PING alive']);
    pass(15000);
    assert.equal(connection.state, 'waiting');
    assert.ok(socket().closed);
  });

  test('it opens again by itself, also after an attempt that leads nowhere', () => {
    open();
    socket().happens('close');
    assert.equal(connection.state, 'waiting');
    pass(1000);
    assert.equal(PlayedSocket.made.length, 2);
    pass(20000);
    assert.equal(connection.state, 'waiting', 'neither opened nor closed');
    pass(2000);
    assert.equal(PlayedSocket.made.length, 3);
  });

  test('a socket that was given up is not listened to any more', () => {
    open();
    const old = socket();
    old.happens('close');
    pass(1000);
    old.happens('message', 'late');
    old.happens('close');
    assert.deepEqual(lines, []);
    assert.equal(connection.state, 'connecting');
  });

  test('what is closed for good stays so', () => {
    open();
    connection.close();
    pass(100000);
    connection.retryNow();
    window.dispatchEvent(new Event('online'));
    assert.equal(PlayedSocket.made.length, 1);
    assert.equal(connection.state, 'idle');
  });

  test('a network that is back, and a page that is looked at again, do not wait', () => {
    open();
    socket().happens('close');
    window.dispatchEvent(new Event('online'));
    assert.equal(PlayedSocket.made.length, 2);
    socket().happens('open');
    document.dispatchEvent(new Event('visibilitychange'));
    assert.deepEqual(socket().sent, ['PING alive'], 'it may have slept');
    pass(15000);
    assert.equal(connection.state, 'waiting');
  });
});
