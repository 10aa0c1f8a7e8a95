// Reloads that nobody notices, connections that are lost and come back: nothing is missed, nothing comes twice.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser } from './support/chromium.js';
import { IrcPerson } from './support/people.js';
import { Proxy } from './support/proxy.js';
import { until } from './support/until.js';

describe('the connection', { concurrency: false }, () => {
  let browser;
  let server;
  let proxy;
  let bob;
  let ada;

  before(async () => {
    browser = await Browser.launch();
  });
  after(() => browser?.close());

  beforeEach(async () => {
    server = await Banterd.start({ limits: { message_burst: 1000, messages_per_second: 1000 } });
    proxy = await Proxy.before(server.ports.http);
    bob = await IrcPerson.come(server, 'bob', '#lobby', '#other');
    ada = await browser.visit(proxy.url, { lossy: true });
    await ada.signIn('ada');
  });
  afterEach(async () => {
    await ada.context.close();
    bob.leave();
    proxy.close();
    await server.remove();
  });

  const numbered = (name, count) => Array.from({ length: count }, (_, at) => `${name} ${at}`);
  const isLost = () => ada.has('.banner', 'The connection is lost');
  // Until then the lost connection holds the nick: who comes back is another, and is asked what was not confirmed.
  const hasQuit = () => bob.sees('ada quits', ({ command, source }) => command === 'QUIT' && source.nick === 'ada');
  // The page may have come back by itself a moment before: then there is nothing to press.
  const retry = () => ada.page.evaluate(() => document.querySelector('.banner button:not([hidden])')?.click());

  test('a reload of the server is not even noticed', async () => {
    await ada.page.evaluate(() => {
      window.banners = 0;
      const banner = document.querySelector('.banner');
      // It may be drawn anew without being seen: what was hidden is hidden again.
      new MutationObserver(() => {
        if (!banner.hidden) window.banners += 1;
      }).observe(banner, { attributes: true, childList: true, subtree: true });
    });
    const count = 60;
    const most = 300; // the page keeps no more than some hundreds
    let reloading = true;
    const reloads = (async () => {
      for (let at = 0; at < 5; at += 1) await server.reload();
      reloading = false;
    })();
    let said = 0;
    while (said < count || (reloading && said < most)) {
      bob.say('#lobby', `bob ${said}`);
      await ada.say(`ada ${said}`);
      said += 1;
    }
    await reloads;
    await bob.sawMessage(`ada ${said - 1}`);
    await ada.sees(`bob ${said - 1}`);
    await ada.seesConfirmed(`ada ${said - 1}`);
    const order = bob.said('#lobby');
    assert.deepEqual(await ada.said(), order);
    assert.deepEqual(
      order.filter((text) => text.startsWith('ada')),
      numbered('ada', said),
    );
    assert.equal(ada.sockets, 1);
    assert.equal(await ada.page.evaluate(() => window.banners), 0);
  });

  test('what was missed appears once, in its place, and unread elsewhere; nick and rooms are kept', async () => {
    await ada.say('/join #other');
    await ada.inRoom('#other');
    await ada.openConversation('lobby');
    bob.say('#lobby', 'before');
    await ada.sees('before');
    proxy.cut();
    await isLost();
    for (const text of numbered('missed', 170)) bob.say('#lobby', text);
    bob.say('#other', 'ada: over here');
    await bob.sawMessage('ada: over here');
    await hasQuit();
    const tried = ada.sockets;
    proxy.restore();
    await retry();
    bob.say('#lobby', 'after');
    await ada.sees('after');
    await ada.sees('missed 0');
    assert.deepEqual(await ada.said(), ['before', ...numbered('missed', 170), 'after']);
    await until('one mention', async () =>
      (await ada.page.locator('.sidebar .entry', { hasText: 'other' }).textContent()).includes('1 unread, 1 mention'),
    );
    assert.equal(await ada.page.textContent('.me .name'), 'ada');
    assert.ok(ada.sockets <= tried + 1, 'it comes back once');
    await until('the banner is gone', async () => ada.page.locator('.banner').isHidden());
  });

  test('it comes back by itself', async () => {
    proxy.cut();
    await isLost();
    proxy.restore();
    await ada.inRoom('#lobby');
    bob.say('#lobby', 'hello again');
    await ada.sees('hello again');
  });

  test('what is written while the connection is lost is sent once it is back, once', async () => {
    proxy.cut();
    await isLost();
    await ada.say('first');
    await ada.say('second');
    await ada.has('.row.pending', 'Waits for the connection');
    proxy.restore();
    await retry();
    await ada.seesConfirmed('second');
    await bob.fence();
    assert.deepEqual(bob.said('#lobby'), ['first', 'second']);
    assert.deepEqual(await ada.said(), ['first', 'second']);
  });

  test('what was on its way and got lost is sent again, once', async () => {
    bob.say('#lobby', 'before');
    await ada.sees('before');
    proxy.swallow('up');
    await ada.say('on its way');
    await ada.has('.row.pending', 'on its way');
    proxy.cut();
    await isLost();
    await hasQuit();
    await ada.say('later');
    proxy.restore();
    await retry();
    await ada.seesConfirmed('later');
    await bob.fence();
    assert.deepEqual(bob.said('#lobby'), ['before', 'on its way', 'later']);
    assert.deepEqual(await ada.said(), ['before', 'on its way', 'later']);
  });

  test('what had arrived, though nobody said so, is not sent again', async () => {
    bob.say('#lobby', 'before');
    await ada.sees('before');
    proxy.swallow('down');
    await ada.say('it arrives');
    await bob.sawMessage('it arrives');
    await ada.has('.row.pending', 'it arrives');
    proxy.cut();
    await isLost();
    proxy.restore();
    await retry();
    await ada.seesConfirmed('it arrives');
    bob.say('#lobby', 'the end');
    await ada.sees('the end');
    await bob.fence();
    assert.deepEqual(bob.said('#lobby'), ['before', 'it arrives', 'the end']);
    assert.deepEqual(await ada.said(), ['before', 'it arrives', 'the end']);
  });

  test('a server that is stopped and started: what is said after it appears once, what waited is sent once', async () => {
    bob.say('#lobby', 'before');
    await ada.sees('before');
    proxy.cut();
    await server.stop();
    await isLost();
    await ada.say('I wait');
    await server.start();
    const eve = await IrcPerson.come(server, 'eve', '#lobby');
    for (const text of numbered('missed', 3)) eve.say('#lobby', text);
    await eve.sawMessage('missed 2');
    proxy.restore();
    await retry();
    await eve.sawMessage('I wait');
    await ada.seesConfirmed('I wait');
    await eve.fence();
    assert.deepEqual(eve.said('#lobby'), ['missed 0', 'missed 1', 'missed 2', 'I wait']);
    assert.deepEqual(await ada.said(), ['before', 'missed 0', 'missed 1', 'missed 2', 'I wait']);
    await ada.has('.kind-gap', 'Something may be missing here');
    eve.leave();
  });

  test("a shutdown is told in the server's words", async () => {
    await server.stop();
    await ada.has('.banner', 'The connection is lost: Server is shutting down');
    await server.start();
    await ada.inRoom('#lobby');
  });

  test('where nobody can know whether a message arrived, the person is asked', async () => {
    await ada.say('/msg bob hello');
    await bob.sawMessage('hello');
    await ada.seesConfirmed('hello');
    proxy.swallow('up');
    await ada.say('did you get this?');
    await ada.has('.row.pending', 'did you get this?');
    proxy.cut();
    await isLost();
    proxy.restore();
    await retry();
    await ada.has('.row.state-unsure', 'this may or may not have arrived');
    await ada.page.click('text=Send again');
    await bob.sawMessage('did you get this?');
    await ada.seesConfirmed('did you get this?');
    assert.deepEqual(await ada.said(), ['hello', 'did you get this?']);
  });

  describe('a nick that the former connection still holds', () => {
    let holder; // in its place

    const hold = async () => {
      holder = await IrcPerson.come(server, 'holder');
      await hasQuit();
      holder.send('NICK ada');
      await holder.fence();
    };
    const loadedAgain = async () => {
      await ada.page.goto('about:blank');
      await hold();
      await ada.page.goto(proxy.url);
    };
    const comesBack = async () => {
      await ada.has('.banner', 'You are ada_ for the moment');
      await ada.inRoom('#lobby');
      holder.leave();
      await ada.has('.me .name', /^ada$/);
      await until('the banner is gone', async () => ada.page.locator('.banner').isHidden());
    };

    test('comes back when it is free', async () => {
      proxy.cut();
      await isLost();
      await hold();
      proxy.restore();
      await retry();
      await comesBack();
    });

    test('comes back when it is free, to a page that was loaded again too', async () => {
      await loadedAgain();
      await comesBack();
    });

    test('is still the one that is wanted by a page that is loaded again meanwhile', async () => {
      await loadedAgain();
      await ada.has('.banner', 'You are ada_ for the moment');
      await ada.page.reload();
      await comesBack();
    });
  });

  test('a list of emoji that could not be loaded is asked for again', async () => {
    await ada.page.route('**/emoji*', (route) => route.abort('connectionreset'), { times: 1 });
    await ada.page.click('[aria-label="Insert an emoji"]');
    await ada.has('dialog .problem', 'The list could not be loaded');
    await ada.page.fill('[aria-label="Search emoji"]', 'rocket');
    await ada.page.press('[aria-label="Search emoji"]', 'Enter');
    await until('the emoji is written', async () => (await ada.page.inputValue('#message')).includes('🚀'));
  });
});
