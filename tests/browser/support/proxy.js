// Stands between the page and the server, and cuts, or swallows what goes one way, as networks do.
import { connect, createServer } from 'node:net';

export class Proxy {
  #server;
  #pairs = new Set();
  #swallows = { up: false, down: false };
  #refuses = false;

  static async before(port) {
    const proxy = new Proxy();
    proxy.#server = createServer((client) => proxy.#accept(client, port));
    await new Promise((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  // From now on what goes up (to the server) or down (to the page) never arrives.
  swallow(way) {
    this.#swallows[way] = true;
  }

  // All connections end at once, and none is let through before restore().
  cut() {
    this.#refuses = true;
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  restore() {
    this.#swallows = { up: false, down: false };
    this.#refuses = false;
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #accept(client, port) {
    if (this.#refuses) return client.destroy();
    const server = connect(port, '127.0.0.1');
    const pair = [client, server];
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes) => this.#swallows.up || server.write(bytes));
    server.on('data', (bytes) => this.#swallows.down || client.write(bytes));
    return undefined;
  }
}
