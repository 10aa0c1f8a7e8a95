// A real headless Chromium, and pages in it that notice whatever is wrong. Where there is none, or not the modules, the
// whole test is skipped: exit status 77.
import { existsSync } from 'node:fs';
import assert from 'node:assert/strict';
import { until } from './until.js';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

const { chromium } = await import('playwright-core').catch(() =>
  skip('there is no playwright-core: scripts/test installs it'),
);
if (!existsSync(CHROMIUM)) skip(`there is no ${CHROMIUM}: scripts/test installs it`);

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

export class Browser {
  #browser;
  #visits = [];

  static async launch() {
    const browser = new Browser();
    browser.#browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
    return browser;
  }

  // A page of somebody's own: nothing is shared with other visits. `lossy`: connections are lost, and Chromium says so.
  async visit(url, { lossy = false, permissions = [], ...options } = DESKTOP) {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      permissions,
      ...DESKTOP,
      ...options,
    });
    context.setDefaultTimeout(30000);
    const visit = new Visit(context, lossy);
    this.#visits.push(visit);
    await visit.begin(url);
    return visit;
  }

  // Fails if anything was wrong with any page.
  async close() {
    await this.#browser.close();
    for (const visit of this.#visits) assert.deepEqual(visit.wrong, []);
  }
}

export class Visit {
  wrong = [];
  hosts = new Set();
  sockets = 0;

  constructor(context, lossy) {
    this.context = context;
    this.lossy = lossy;
  }

  async begin(url) {
    this.page = await this.context.newPage();
    this.page.on('console', (message) => this.#said(message));
    this.page.on('pageerror', (error) => this.wrong.push(String(error.stack)));
    this.page.on('crash', () => this.wrong.push('the page crashed'));
    this.page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    this.page.on('websocket', () => {
      this.sockets += 1;
    });
    await this.page.goto(url);
  }

  async signIn(nick, room = '#lobby') {
    await this.page.fill('[name=nick]', nick);
    await this.page.fill('[name=room]', room);
    await this.page.click('text=Start chatting');
    await this.inRoom(room);
  }

  inRoom(room) {
    return until(`in ${room}`, () =>
      this.page.evaluate((name) => {
        const heading = document.querySelector('.header h1');
        return (
          heading?.textContent === name &&
          document.querySelector('.entry.current:not(.absent)') !== null &&
          document.querySelectorAll('.members .entry').length > 0
        );
      }, room),
    );
  }

  async say(text) {
    await this.page.fill('#message', text);
    await this.page.press('#message', 'Enter');
  }

  // What is shown as said, in its order, without names and times.
  said() {
    return this.page.$$eval('.row.said .text', (nodes) => nodes.map((node) => node.textContent));
  }

  sees(text) {
    return until(`the page shows "${text}"`, async () => (await this.said()).includes(text));
  }

  // Settled: confirmed by the server.
  async seesConfirmed(text) {
    await until(`"${text}" is confirmed`, () =>
      this.page.$$eval(
        '.row.said:not(.pending) .text',
        (nodes, wanted) => nodes.some((node) => node.textContent === wanted),
        text,
      ),
    );
  }

  row(text) {
    return this.page.locator('.row.said', { hasText: text }).last();
  }

  // A tool beside a message: React, Reply, Take back.
  async use(text, tool) {
    await this.row(text).hover();
    await this.page.click(`.tools [aria-label="${tool}"]`);
  }

  async has(selector, text) {
    await this.page.locator(selector, { hasText: text }).first().waitFor();
  }

  async openConversation(name) {
    await this.page.locator('.sidebar .entry', { hasText: name }).first().click();
  }

  #said(message) {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const lost = /WebSocket connection to .* failed|net::ERR_CONNECTION_(REFUSED|RESET)|net::ERR_EMPTY_RESPONSE/.test(
      message.text(),
    );
    if (!this.lossy || !lost) this.wrong.push(`${message.type()}: ${message.text()}`);
  }
}
