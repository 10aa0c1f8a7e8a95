// A real banterd on free ports of the loopback address, in a temporary folder.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

const PROTOCOLS = ['line', 'irc', 'http'];

export class Banterd {
  ports = {}; // by protocol
  #process = null;
  #folder = mkdtempSync(join(tmpdir(), 'banterd-browser-'));
  #log = '';

  constructor(configuration = {}) {
    this.configuration = configuration;
  }

  static async start(configuration) {
    const server = new Banterd(configuration);
    await server.start();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.ports.http}/`;
  }

  // The first time on ports that are free, later on the same.
  async start() {
    const file = join(this.#folder, 'banterd.json');
    const listeners = PROTOCOLS.map((protocol) => ({
      protocol,
      address: '127.0.0.1',
      port: this.ports[protocol] ?? 0,
    }));
    writeFileSync(file, JSON.stringify({ workers: 2, listeners, ...this.configuration }));
    this.#log = '';
    const [, , binary] = process.argv;
    if (!binary) throw new Error('the program under test has to be named: node TEST build/test/banterd');
    this.#process = spawn(binary, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr.setEncoding('utf8').on('data', (text) => {
      this.#log += text;
    });
    await until('banterd is ready', () => this.#log.includes('banterd ready') || this.#died());
    for (const [, protocol, port] of this.#log.matchAll(/listening protocol=(\w+) address=\S+ port=(\d+)/g))
      this.ports[protocol] = Number(port);
  }

  // Another generation of workers takes over all connections.
  async reload() {
    const before = this.#reloads();
    this.#process.kill('SIGHUP');
    await until('the reload is done', () => this.#reloads() > before || this.#died());
  }

  async stop() {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => {
      this.#process.once('exit', resolve);
    });
    this.#process.kill('SIGTERM');
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #reloads() {
    return this.#log.split('the master goes on as a new program').length - 1;
  }

  #died() {
    if (this.#process.exitCode === null) return false;
    throw new Error(`banterd ended with ${this.#process.exitCode}:\n${this.#log}`);
  }
}
