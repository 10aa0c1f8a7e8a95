// Coming in and going.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser } from './support/chromium.js';
import { IrcPerson } from './support/people.js';
import { until } from './support/until.js';

describe('signing in', { concurrency: false }, () => {
  let server;
  let browser;
  let bob;

  before(async () => {
    server = await Banterd.start();
    browser = await Browser.launch();
    bob = await IrcPerson.come(server, 'bob', '#lobby');
  });

  after(async () => {
    await browser?.close();
    bob?.leave();
    await server?.remove();
  });

  const submit = async ({ page }, nick) => {
    await page.fill('[name=nick]', nick);
    await page.press('[name=nick]', 'Enter');
  };

  test('a nick that somebody has is refused in words, and another one is let in', async () => {
    const visit = await browser.visit(server.url);
    await submit(visit, 'BOB');
    await visit.has('.problem', 'Somebody is called BOB already. Try another nick.');
    assert.equal(await visit.page.getAttribute('[name=nick]', 'aria-invalid'), 'true');
    await submit(visit, 'rob');
    await visit.inRoom('#lobby');
    assert.equal(visit.sockets, 1, 'on the same connection');
    await visit.context.close();
  });

  test('what is no nick is told before anything is sent', async () => {
    const visit = await browser.visit(server.url);
    await submit(visit, '');
    await visit.has('.problem', 'Pick a nick first.');
    await submit(visit, '1st');
    await visit.has('.problem', 'begins with a letter');
    await submit(visit, 'guest-1');
    await visit.has('.problem', 'given by the server');
    await visit.page.fill('[name=room]', 'two words');
    await submit(visit, 'fine');
    await visit.has('.problem', 'A room is one word');
    // It stays: the page draws itself anew every second.
    await visit.page.waitForTimeout(1500);
    await visit.has('.problem', 'A room is one word');
    assert.equal(visit.sockets, 0);
  });

  test('nick and rooms are remembered; a page that is loaded again goes on by itself', async () => {
    const visit = await browser.visit(server.url);
    await visit.signIn('kim', '#one');
    await visit.say('/join #two');
    await visit.inRoom('#two');
    await visit.page.reload();
    await until(
      'in both rooms again',
      async () => (await visit.page.locator('.sidebar .entry .mark:text("#")').count()) === 2,
    );
    await visit.has('.me .name', /^kim$/);
    const other = await visit.context.newPage();
    await other.goto(server.url);
    assert.equal(await other.inputValue('[name=nick]'), 'kim');
    assert.equal(await other.inputValue('[name=room]'), '#one');
    await other.close();
    await visit.context.close();
  });

  test('an address may name the room', async () => {
    const visit = await browser.visit(`${server.url}#dev`);
    assert.equal(await visit.page.inputValue('[name=room]'), '#dev');
    await submit(visit, 'devi');
    await visit.inRoom('#dev');
    await visit.context.close();
  });

  test('an address that names no room changes nothing', async () => {
    const visit = await browser.visit(server.url);
    await visit.signIn('sue', '#here');
    await visit.page.goto(`${server.url}#bad,room`);
    await visit.page.reload();
    await visit.inRoom('#here');
    assert.deepEqual(await visit.page.$$eval('.sidebar .entry', (all) => all.map((entry) => entry.dataset.buffer)), [
      '#here',
      '',
    ]);
    await visit.context.close();
  });

  test('the nick is changed, and a taken one is refused, in the page', async () => {
    const visit = await browser.visit(server.url);
    await visit.signIn('lou');
    await visit.page.click('.me');
    await visit.page.fill('dialog input >> nth=0', 'bob');
    await visit.page.click('dialog >> text=Save');
    await visit.page.locator('dialog .problem:not(:empty)').waitFor();
    await visit.page.fill('dialog input >> nth=0', 'louise');
    await visit.page.click('dialog >> text=Save');
    await bob.sees('the new nick', ({ command, params }) => command === 'NICK' && params[0] === 'louise');
    await visit.has('.me .name', 'louise');
    await visit.context.close();
  });

  test('signing out is a quit, and leads back to the first screen', async () => {
    const visit = await browser.visit(server.url);
    await visit.signIn('max');
    await visit.page.click('[aria-label="Settings"]');
    await visit.page.click('text=Sign out');
    await visit.has('h1', 'Come in');
    await bob.sees('max quits', ({ command, source }) => command === 'QUIT' && source.nick === 'max');
    await visit.page.reload();
    await visit.has('h1', 'Come in');
    await visit.signIn('max');
    await visit.context.close();
  });

  test('a server with a password asks for it', async () => {
    const guarded = await Banterd.start({ server: { password: 'open sesame' } });
    const visit = await browser.visit(guarded.url);
    await submit(visit, 'nan');
    await visit.has('.problem', 'This server asks for a password.');
    await visit.page.fill('[name=password]', 'wrong');
    await visit.page.press('[name=password]', 'Enter');
    await visit.has('.problem', 'That is not the password.');
    await visit.page.fill('[name=password]', 'open sesame');
    await visit.page.press('[name=password]', 'Enter');
    await visit.inRoom('#lobby');
    await visit.context.close();
    await guarded.remove();
  });

  test('a server that is not there is tried again until it is', async () => {
    const late = await Banterd.start();
    const visit = await browser.visit(late.url, { lossy: true });
    await late.stop();
    await submit(visit, 'pat');
    await visit.has('.hint', 'The server cannot be reached');
    await late.start();
    await visit.inRoom('#lobby');
    await visit.context.close();
    await late.remove();
  });
});
