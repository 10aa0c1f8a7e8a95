// For those who do not see the page, or have no mouse: axe-core finds nothing serious, in light and dark, on desktop and
// phone; all can be done by keys; what is said is read out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser, DESKTOP, PHONE } from './support/chromium.js';
import { IrcPerson } from './support/people.js';
import { Proxy } from './support/proxy.js';
import { until } from './support/until.js';

const { default: axe } = await import('axe-core');

describe('accessibility', { concurrency: false }, () => {
  let server;
  let browser;
  let bob;

  before(async () => {
    server = await Banterd.start({ limits: { message_burst: 1000, messages_per_second: 1000 } });
    browser = await Browser.launch();
    bob = await IrcPerson.come(server, 'bob', '#lobby', '#dev');
    await IrcPerson.come(server, 'mia', '#lobby').then((mia) => mia.send('AWAY :tea'));
    bob.send('TOPIC #dev :A topic with https://example.com/x');
    await bob.fence();
  });

  after(async () => {
    await browser?.close();
    bob?.leave();
    await server?.remove();
  });

  const isClean = async ({ page }, where) => {
    const { violations } = await page.evaluate((source) => {
      if (!window.axe) (0, eval)(source);
      return window.axe.run(document, { resultTypes: ['violations'] });
    }, axe.source);
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const words = serious.map(
      ({ id, nodes }) =>
        `${where}: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
    );
    assert.deepEqual(words, []);
  };

  for (const [device, options] of [
    ['a desktop', DESKTOP],
    ['a phone', PHONE],
  ]) {
    for (const colorScheme of ['light', 'dark']) {
      test(`axe-core finds nothing serious on ${device} in ${colorScheme}`, async (t) => {
        const proxy = await Proxy.before(server.ports.http);
        t.after(() => proxy.close());
        const visit = await browser.visit(proxy.url, { ...options, colorScheme, lossy: true });
        const nick = `x${device.length}${colorScheme}`;
        await visit.page.fill('[name=nick]', 'bob');
        await visit.page.click('text=Start chatting');
        await visit.has('.problem', 'Somebody is called bob');
        await isClean(visit, 'the first screen');
        await visit.signIn(nick, '#dev');
        await fillRoom(visit, nick);
        await isClean(visit, 'a room');
        if (options === PHONE) await visit.page.tap('.menu');
        await isClean(visit, 'the conversations');
        if (options === PHONE) await visit.page.tap('.sidebar [aria-label="Close"]');
        for (const open of ['/help', '/list', '/topic']) await checkDialog(visit, open, () => visit.say(open));
        await checkDialog(visit, 'settings', () =>
          visit.page.evaluate(() => document.querySelector('.sidebar [aria-label="Settings"]').click()),
        );
        await checkDialog(visit, 'oneself', () => visit.page.evaluate(() => document.querySelector('.me').click()));
        await checkDialog(visit, 'emoji', () => visit.page.click('[aria-label="Insert an emoji"]'));
        await visit.page.fill('#message', '/');
        await visit.page.locator('.suggestions li').first().waitFor();
        await isClean(visit, 'suggestions');
        await visit.page.fill('#message', '');
        proxy.cut();
        await visit.has('.banner', 'The connection is lost');
        await visit.say('waits');
        await isClean(visit, 'a lost connection');
        await visit.context.close();
      });
    }
  }

  // Everything that can be in a room: formatting, links, replies, reactions, notices, mentions, comings and goings.
  async function fillRoom(visit, nick) {
    const tom = await IrcPerson.come(server, 'tom', '#dev');
    tom.send('QUIT :bye');
    for (let code = 0; code < 99; code += 1)
      if (code % 6 === 0)
        bob.say(
          '#dev',
          `\x03${String(code).padStart(2, '0')}colour\x03 \x0301,${String(code).padStart(2, '0')}https://example.com/ on it\x03`,
        );
    bob.say('#dev', `${nick}: \x02bold\x02 \x11mono\x11 \x16reverse https://example.com\x16 #lobby`);
    bob.send('NOTICE #dev :a notice', 'PRIVMSG #dev :\x01ACTION acts\x01');
    bob.say('#dev', 'the target');
    const id = await bob.idOf('the target');
    bob.say('#dev', 'an answer', `+draft/reply=${id}`);
    bob.send(`@+draft/react=👍;+draft/reply=${id} TAGMSG #dev`);
    bob.say(nick, 'psst');
    bob.send('@+typing=active TAGMSG #dev');
    await visit.say('mine');
    await visit.seesConfirmed('mine');
    await visit.has('.reaction', '👍');
    await visit.page.locator('.reaction').last().click();
    await visit.has('.reaction[aria-pressed=true]', '👍 2');
    await visit.say('/nosuch');
    await visit.has('.kind-info', '/nosuch');
  }

  async function checkDialog(visit, name, open) {
    await open();
    await visit.page.locator('dialog[open]').waitFor();
    if (name === '/list') await visit.has('.room-entry', '#dev');
    if (name === 'emoji') await visit.page.locator('.emoji-grid button').first().waitFor();
    await isClean(visit, name);
    await visit.page.keyboard.press('Escape');
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
  }

  test('everything can be done by keys alone', async () => {
    const visit = await browser.visit(server.url);
    const { keyboard } = visit.page;
    const focus = () =>
      visit.page.evaluate(
        () =>
          document.activeElement.getAttribute('aria-label') ??
          document.activeElement.name ??
          document.activeElement.className,
      );
    await keyboard.type('kay');
    await keyboard.press('Enter');
    await visit.inRoom('#lobby');
    assert.equal(await focus(), 'Message to #lobby');
    await keyboard.type('hello');
    await keyboard.press('Enter');
    await bob.sawMessage('hello');

    await keyboard.press('Control+k');
    await visit.has('.room-entry', '#dev');
    await keyboard.type('dev');
    await keyboard.press('Enter');
    await visit.inRoom('#dev');
    await keyboard.press('Alt+ArrowDown');
    await visit.has('.header h1', '#lobby');
    await until('the field has the focus', async () => (await focus()) === 'Message to #lobby');
    bob.say('#dev', 'kay: come');
    await visit.has('.entry.mentioned', 'dev');
    await keyboard.press('Alt+Shift+ArrowDown');
    await visit.has('.header h1', '#dev');

    bob.say('#dev', 'answer me');
    await visit.sees('answer me');
    await keyboard.press('Shift+Tab');
    await keyboard.press('End');
    assert.match(await visit.page.evaluate(() => document.activeElement.textContent), /answer me/);
    await keyboard.press('r');
    await visit.has('.replying', 'Replying to bob');
    await keyboard.type('I do');
    await keyboard.press('Enter');
    const { tags } = await bob.sawMessage('I do');
    await visit.seesConfirmed('I do');
    assert.equal(tags.get('+draft/reply'), await bob.idOf('answer me'));

    await keyboard.press('Shift+Tab');
    await keyboard.press('End');
    await keyboard.press('ArrowUp');
    assert.match(await visit.page.evaluate(() => document.activeElement.textContent), /answer me/);
    await keyboard.press('e');
    await visit.page.locator('.emoji-grid button').first().waitFor();
    await keyboard.type('tada');
    await keyboard.press('Enter');
    await visit.has('.reaction', '🎉 1');
    await keyboard.press('Escape');
    await until('the field has the focus', async () => (await focus()) === 'Message to #dev');
    await visit.context.close();
  });

  test('no key is caught where it has nothing to do: Tab leaves the field', async () => {
    const visit = await browser.visit(server.url);
    await visit.signIn('tabby');
    await visit.page.keyboard.press('Tab');
    assert.equal(await visit.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Insert an emoji');
    await visit.context.close();
  });

  test('what is said is read out, what one says oneself and what is old is not', async () => {
    bob.say('#lobby', 'old news');
    const visit = await browser.visit(server.url);
    await visit.signIn('hear');
    await visit.sees('old news');
    bob.say('#lobby', 'fresh \x02news\x02');
    await visit.has('[role=log] p', /^bob: fresh news$/);
    await visit.say('mine');
    await visit.seesConfirmed('mine');
    bob.say('#dev', 'not here');
    bob.say('hear', 'for you');
    await visit.has('[role=log] p', 'bob: for you');
    const read = await visit.page.$$eval('[role=log] p', (all) => all.map((one) => one.textContent));
    assert.deepEqual(read, ['bob: fresh news', 'bob: for you']);
    await visit.context.close();
  });

  test('the appearance can be chosen, and is remembered', async () => {
    const visit = await browser.visit(server.url, { colorScheme: 'light' });
    await visit.signIn('night');
    const dark = () =>
      visit.page.evaluate(() => getComputedStyle(document.querySelector('.conversation')).backgroundColor);
    assert.equal(await dark(), 'rgb(255, 255, 255)');
    await visit.page.click('[aria-label="Settings"]');
    await visit.page.click('input[value=dark]');
    assert.equal(await dark(), 'rgb(23, 26, 33)');
    await visit.page.reload();
    await visit.inRoom('#lobby');
    assert.equal(await dark(), 'rgb(23, 26, 33)');
    await visit.context.close();
  });
});
