// A press of the mouse takes a moment, in which others say and do things.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser } from './support/chromium.js';
import { IrcPerson } from './support/people.js';
import { until } from './support/until.js';

describe('a click that something comes between', { concurrency: false }, () => {
  let server;
  let browser;
  let bob;
  let eve;
  let ada;

  before(async () => {
    server = await Banterd.start({ limits: { message_burst: 1000, messages_per_second: 1000 } });
    browser = await Browser.launch();
    bob = await IrcPerson.come(server, 'bob', '#lobby', '#dev');
    eve = await IrcPerson.come(server, 'eve', '#lobby');
    ada = await browser.visit(server.url);
    await ada.signIn('ada', '#dev');
    await ada.say('/join #lobby');
    await ada.inRoom('#lobby');
  });

  after(async () => {
    await browser?.close();
    bob?.leave();
    eve?.leave();
    await server?.remove();
  });

  // `between` gives a promise of what has to be seen before the button is released.
  const press = async (selector, between) => {
    const target = ada.page.locator(selector);
    await target.waitFor();
    const { x, y, width, height } = await target.boundingBox();
    await ada.page.mouse.move(x + width / 2, y + height / 2);
    await ada.page.mouse.down();
    await between();
    await ada.page.mouse.up();
  };

  test('opens the conversation, though its count grows', async () => {
    bob.say('#dev', 'one');
    await ada.has('.sidebar .count', '1 unread');
    await press('.sidebar .entry[data-buffer="#dev"] .name', async () => {
      bob.say('#dev', 'two');
      await ada.has('.sidebar .count', '2 unread');
    });
    await ada.has('.header h1', '#dev');
  });

  test('opens the dialog for a room, though another room has something new', async () => {
    await ada.openConversation('lobby');
    await press('.sidebar [aria-label="Join a room"]', async () => {
      bob.say('#dev', 'three');
      await ada.has('.sidebar .count', '1 unread');
    });
    await ada.has('dialog h2', 'Join a room');
    await ada.page.keyboard.press('Escape');
  });

  test('opens a talk with a member, though others go away', async () => {
    await ada.openConversation('lobby');
    await press('.members .entry[data-nick="bob"] .name', async () => {
      eve.send('AWAY :tea');
      await ada.has('.members .entry.absent', 'eve');
    });
    await ada.has('.header h1', 'bob');
    await ada.page.click('[aria-label="Close the conversation"]');
  });

  test('follows a room in the topic, though others leave', async () => {
    await ada.openConversation('lobby');
    bob.send('TOPIC #lobby :see also #there');
    await press('.topic .room-link', async () => {
      eve.send('PART #lobby');
      await ada.has('.member-count', /^2$/);
    });
    await ada.inRoom('#there');
  });

  test('joins again, though topics change elsewhere', async () => {
    await ada.say('/part');
    await press('.not-in button', async () => {
      bob.send('TOPIC #lobby :another');
      bob.say('#lobby', 'meanwhile');
      await ada.has('.sidebar .count', '1 unread');
    });
    await ada.inRoom('#there');
  });

  test('who has another rank is among others at once, and stands there once', async () => {
    bob.send('JOIN #ranks');
    await bob.fence();
    eve.send('JOIN #ranks');
    await ada.say('/join #ranks');
    await ada.inRoom('#ranks');
    bob.send('MODE #ranks +v eve');
    await ada.has('.members h3', 'Voiced · 1');
    bob.send('MODE #ranks -v eve');
    await until('nobody has a voice', async () => (await ada.page.getByText('Voiced').count()) === 0);
    assert.deepEqual(await ada.page.$$eval('.members .name', (names) => names.map((name) => name.textContent)), [
      'bob',
      'ada',
      'eve',
    ]);
  });
});
