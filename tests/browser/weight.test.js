// What it costs to come: bytes on the wire, and whom the browser asks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser } from './support/chromium.js';

const MOST_BYTES = 60000;

describe('the weight of the page', { concurrency: false }, () => {
  let server;
  let browser;

  before(async () => {
    server = await Banterd.start();
    browser = await Browser.launch();
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
  });

  test('the first load is below 60 kB on the wire, headers and gzip counted, and asks no other host', async () => {
    const visit = await browser.visit('about:blank');
    const wire = await visit.context.newCDPSession(visit.page);
    await wire.send('Network.enable');
    const files = new Map();
    wire.on('Network.requestWillBeSent', ({ requestId, request }) => files.set(requestId, { url: request.url }));
    wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
      files.set(requestId, { ...files.get(requestId), bytes: encodedDataLength }),
    );
    visit.hosts.clear();
    await visit.page.goto(server.url, { waitUntil: 'networkidle' });
    await visit.signIn('ada');
    await visit.say('hello');
    await visit.seesConfirmed('hello');
    const loaded = [...files.values()].filter(({ bytes }) => bytes !== undefined);
    const sum = loaded.reduce((bytes, file) => bytes + file.bytes, 0);
    console.log(`${sum} bytes: ${loaded.map(({ url, bytes }) => `${new URL(url).pathname} ${bytes}`).join(', ')}`);
    assert.ok(loaded.some(({ url }) => url.endsWith('app.js')));
    assert.ok(sum < MOST_BYTES, `${sum} bytes`);
    assert.deepEqual([...visit.hosts], [new URL(server.url).host]);
  });
});
