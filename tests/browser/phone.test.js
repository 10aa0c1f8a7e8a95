// On a phone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser, PHONE } from './support/chromium.js';
import { IrcPerson } from './support/people.js';
import { until } from './support/until.js';

describe('a phone', { concurrency: false }, () => {
  let server;
  let browser;
  let bob;
  let ada;

  before(async () => {
    server = await Banterd.start();
    browser = await Browser.launch();
    bob = await IrcPerson.come(server, 'bob', '#lobby', '#dev');
    ada = await browser.visit(server.url, PHONE);
  });

  after(async () => {
    await browser?.close();
    bob?.leave();
    await server?.remove();
  });

  const fits = async () =>
    assert.ok(
      await ada.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
      'nothing is wider than the screen',
    );
  const isInView = (selector) =>
    ada.page.locator(selector).evaluate((node) => {
      const { left, right } = node.getBoundingClientRect();
      return left >= 0 && right <= window.innerWidth && getComputedStyle(node).visibility === 'visible';
    });

  test('one signs in and writes', async () => {
    await fits();
    await ada.signIn('ada');
    await fits();
    await ada.page.fill('#message', 'from my phone');
    await ada.page.tap('[aria-label="Send"]');
    await bob.sawMessage('from my phone');
    bob.say('#lobby', 'W'.repeat(300));
    await ada.sees('W'.repeat(300));
    await fits();
  });

  test('the conversations are in a drawer, and the button to it counts what is new', async () => {
    assert.equal(await isInView('.sidebar'), false);
    bob.say('ada', 'psst');
    await ada.has('.menu .count', '1');
    await ada.page.tap('.menu');
    await until('the drawer is open', () => isInView('.sidebar'));
    await ada.page.tap('.sidebar >> text=bob');
    await until('the drawer is shut', async () => !(await isInView('.sidebar')));
    await ada.has('.header h1', 'bob');
    await ada.sees('psst');
    await ada.page.tap('.menu');
    await ada.page.tap('.sidebar >> text=lobby');
    await ada.has('.header h1', '#lobby');
  });

  test('so are the members', async () => {
    await ada.page.tap('.header [aria-label^="Members"]');
    await until('the drawer is open', () => isInView('.members'));
    await fits();
    await ada.page.tap('.members >> text=bob');
    await ada.has('.header h1', 'bob');
    await until('the drawer is shut', async () => !(await isInView('.members')));
    await ada.page.tap('[aria-label="Close the conversation"]');
    await ada.has('.header h1', '#lobby');
  });

  test('a message that is tapped shows what can be done with it', async () => {
    await ada.page.tap('.row.said >> text=from my phone');
    await ada.page.tap('.tools [aria-label="React: 👍"]');
    await ada.has('.reaction', '👍 1');
    await ada.page.tap('.row.said >> text=from my phone');
    await ada.page.tap('.tools [aria-label="Reply"]');
    await ada.has('.replying', 'Replying to ada');
  });

  test('what is tapped is large enough for a finger', async () => {
    const small = await ada.page.$$eval(
      '.header button, .composer button, .sidebar button, .members button',
      (buttons) =>
        buttons
          .filter((button) => button.offsetParent !== null && !button.closest('.replying'))
          .map((button) => ({
            name: button.getAttribute('aria-label') ?? button.textContent,
            ...button.getBoundingClientRect().toJSON(),
          }))
          .filter(({ width, height }) => width < 36 || height < 36)
          .map(({ name, width, height }) => `${name}: ${width} × ${height}`),
    );
    assert.deepEqual(small, []);
  });

  test('dialogs fit, too', async () => {
    for (const label of ['Help', 'Settings', 'Join a room']) {
      await ada.page.tap('.menu');
      await ada.page.tap(`.sidebar [aria-label="${label}"]`);
      await ada.page.locator('dialog[open]').waitFor();
      await fits();
      assert.ok(await isInView('dialog'));
      await ada.page.tap('dialog [aria-label="Close"]');
      await ada.page.locator('dialog').waitFor({ state: 'detached' });
    }
  });
});
