// People on browsers, on nc and on IRC in one room.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser, DESKTOP } from './support/chromium.js';
import { IrcPerson, NcPerson } from './support/people.js';
import { Proxy } from './support/proxy.js';
import { until } from './support/until.js';

describe('a conversation', { concurrency: false }, () => {
  let server;
  let browser;
  let bob; // by IRC
  let carl; // by nc
  let ada; // by browser
  let eve;

  before(async () => {
    server = await Banterd.start({ limits: { message_burst: 1000, messages_per_second: 1000 } });
    browser = await Browser.launch();
    bob = await IrcPerson.come(server, 'bob', '#lobby');
    carl = await NcPerson.come(server, 'carl');
    ada = await browser.visit(server.url);
    eve = await browser.visit(server.url);
    await ada.signIn('ada');
    await eve.signIn('eve');
  });

  after(async () => {
    await browser?.close();
    bob?.leave();
    carl?.leave();
    await server?.remove();
  });

  test('all read what each says, in one order', async () => {
    const count = 8;
    for (let at = 0; at < count; at += 1) {
      bob.say('#lobby', `bob ${at}`);
      carl.send(`carl ${at}`);
      await Promise.all([ada.say(`ada ${at}`), eve.say(`eve ${at}`)]);
    }
    const expected = 4 * count;
    const ours = (texts) => texts.filter((text) => /^(ada|bob|carl|eve) \d$/.test(text));
    await until(
      'all is confirmed',
      async () => (await ada.page.locator('.pending').count()) + (await eve.page.locator('.pending').count()) === 0,
    );
    await until(
      'all have all',
      async () =>
        ours(await ada.said()).length === expected &&
        ours(await eve.said()).length === expected &&
        ours(bob.said('#lobby')).length === expected,
    );
    const order = ours(bob.said('#lobby'));
    assert.deepEqual(ours(await ada.said()), order);
    assert.deepEqual(ours(await eve.said()), order);
    const others = order.filter((text) => !text.startsWith('carl'));
    await carl.sawMessage(others.at(-1));
    assert.deepEqual(ours(carl.lines.map((line) => line.replace(/^<\w+> /, ''))), others);
    for (const name of ['ada', 'bob', 'carl', 'eve'])
      assert.deepEqual(
        order.filter((text) => text.startsWith(name)),
        Array.from({ length: count }, (_, at) => `${name} ${at}`),
      );
  });

  test('who writes is seen to be typing, until it is said', async () => {
    const isTyping = ({ command, tags }) => command === 'TAGMSG' && tags.has('+typing');
    await bob.fence();
    const before = bob.lines.filter(isTyping).length;
    const began = Date.now();
    await ada.page.locator('#message').pressSequentially('hel');
    await eve.has('.typing', 'ada is typing');
    await ada.page.press('#message', 'Enter');
    await eve.sees('hel');
    await until('nobody types', async () => (await eve.page.textContent('.typing')) === '');
    await bob.fence();
    const told = bob.lines.filter(isTyping).length - before;
    assert.ok(told >= 1 && told <= 1 + (Date.now() - began) / 3000, `told ${told} times, which is more than every 3 s`);
  });

  test('reactions are given, counted and taken back', async () => {
    bob.say('#lobby', 'react to this');
    await ada.sees('react to this');
    await eve.sees('react to this');
    await ada.use('react to this', 'React: 👍');
    await eve.row('react to this').locator('.reaction', { hasText: '👍 1' }).click();
    await ada.has('.reaction', '👍 2');
    const id = await bob.idOf('react to this');
    bob.send(`@+draft/react=🎉;+draft/reply=${id} TAGMSG #lobby`);
    await ada.has('.reaction', '🎉 1');
    await ada.row('react to this').locator('.reaction', { hasText: '👍' }).click();
    await eve.has('.reaction', '👍 1');
    const pressed = (visit) =>
      visit.row('react to this').locator('.reaction', { hasText: '👍 1' }).getAttribute('aria-pressed');
    assert.equal(await pressed(eve), 'true');
    assert.equal(await pressed(ada), 'false');
  });

  test('any emoji can be found by name, to react and to write', async () => {
    // The list comes when it is first wanted, and only after Enter here.
    let release;
    const entered = new Promise((resolve) => {
      release = resolve;
    });
    await ada.page.route('**/emoji*', async (route) => {
      await entered;
      await route.continue();
    });
    await ada.use('react to this', 'React');
    await ada.page.fill('[aria-label="Search emoji"]', 'rocket');
    await ada.page.press('[aria-label="Search emoji"]', 'Enter');
    release();
    await eve.has('.reaction', '🚀 1');
    await ada.page.fill('#message', '');
    await ada.page.locator('#message').pressSequentially('done :tad');
    await ada.has('.suggestions li', ':tada:');
    await ada.page.press('#message', 'Enter');
    assert.equal(await ada.page.inputValue('#message'), 'done 🎉 ');
    await ada.page.press('#message', 'Enter');
    await bob.sawMessage('done 🎉');
  });

  test('a reply shows what it is about', async () => {
    await ada.use('react to this', 'Reply');
    await ada.has('.replying', 'Replying to bob');
    await ada.say('my answer');
    await eve.sees('my answer');
    await eve.has('.quote', 'bob react to this');
    const { tags } = await bob.sawMessage('my answer');
    assert.equal(tags.get('+draft/reply'), await bob.idOf('react to this'));
    await eve.row('my answer').locator('.quote').click();
    assert.equal(await eve.page.evaluate(() => document.activeElement.textContent.includes('react to this')), true);
  });

  test('what one said can be taken back, by oneself only', async () => {
    await ada.say('a slip');
    await ada.seesConfirmed('a slip');
    await eve.sees('a slip');
    await eve.row('a slip').hover();
    assert.equal(await eve.page.locator('.tools [aria-label="Take back"]').isVisible(), false);
    await eve.use('a slip', 'Reply');
    await eve.has('.replying', 'Replying to ada');
    bob.say('#lobby', 'so I see', `+draft/reply=${await bob.idOf('a slip')}`);
    await eve.has('.quote', 'ada a slip');
    await ada.page.locator('.row.said', { hasText: 'a slip' }).first().hover();
    await ada.page.click('.tools [aria-label="Take back"]');
    await eve.sees('This message was taken back');
    assert.ok(!(await eve.said()).includes('a slip'));
    await eve.has('.quote', 'ada This message was taken back');
    await until('nobody replies to it', () => eve.page.locator('.replying').isHidden());
    assert.ok(!(await eve.page.textContent('.app')).includes('a slip'));
  });

  test('several lines are one message', async () => {
    await ada.page.fill('#message', 'one\ntwo\n\nfour');
    await ada.page.press('#message', 'Enter');
    await eve.sees('one\ntwo\n\nfour');
    await carl.sawMessage('two');
  });

  test('formatting is shown, and its codes are not', async () => {
    bob.say(
      '#lobby',
      '\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estrike\x1e \x11mono\x11 \x034red\x03 \x0300,01both\x03 plain',
    );
    await ada.sees('bold italic under strike mono red both plain');
    const styles = await ada
      .row('bold italic')
      .locator('.text span')
      .evaluateAll((spans) =>
        spans.map((span) => {
          const style = getComputedStyle(span);
          return [
            span.textContent,
            style.fontWeight,
            style.fontStyle,
            style.textDecorationLine,
            style.color,
            style.backgroundColor,
          ];
        }),
      );
    const of = (word) => styles.find(([text]) => text === word);
    assert.equal(of('bold')[1], '700');
    assert.equal(of('italic')[2], 'italic');
    assert.equal(of('under')[3], 'underline');
    assert.equal(of('strike')[3], 'line-through');
    assert.match(of('red')[4], /rgb\(2\d\d, 0, 0\)/);
    assert.equal(of('both')[5], 'rgb(0, 0, 0)');
  });

  test('people come, go and change their nicks in one folded line', async () => {
    const tom = await IrcPerson.come(server, 'tom', '#lobby');
    const mia = await IrcPerson.come(server, 'mia', '#lobby');
    tom.send('NICK thomas');
    await tom.fence();
    mia.send('QUIT :tea');
    await ada.has('.fold summary', 'tom is now thomas');
    await until('mia came and went', async () =>
      /thomas joined.*mia came and went/.test(await ada.page.locator('.fold summary').last().textContent()),
    );
    await ada.page.locator('.fold summary').last().click();
    await ada.has('.fold li', 'mia quit (Quit: tea)');
    assert.deepEqual(await ada.page.$$eval('.members .name', (names) => names.map((name) => name.textContent)), [
      'ada',
      'bob',
      'carl',
      'eve',
      'thomas',
    ]);
    tom.leave();
  });

  test('the list of members has ranks, and who is away', async () => {
    bob.send('JOIN #ranks');
    await ada.page.fill('#message', '/join #ranks');
    await ada.page.press('#message', 'Enter');
    await ada.inRoom('#ranks');
    bob.send('MODE #ranks +v ada', 'AWAY :tea');
    await ada.has('.members h3', 'Operators · 1');
    await ada.has('.members h3', 'Voiced · 1');
    await ada.has('.members .entry', 'bob@away');
    bob.send('AWAY');
    await until(
      'bob is back',
      async () => !(await ada.page.locator('.members .entry', { hasText: 'bob' }).textContent()).includes('away'),
    );
  });

  test('a topic is set in the page and read by all', async () => {
    bob.send('MODE #ranks +o ada');
    await ada.has('.members h3', 'Operators · 2');
    await ada.page.click('[aria-label="Change the topic"]');
    await ada.page.fill('dialog textarea', 'All about <ranks>');
    await ada.page.click('dialog >> text=Save');
    await bob.sees('the topic', ({ command, params }) => command === 'TOPIC' && params[1] === 'All about <ranks>');
    await ada.has('.header .topic', 'All about <ranks>');
    await ada.has('.kind-event', 'ada set the topic: All about <ranks>');
  });

  test('other rooms count what is unread and where one is meant, until they are opened', async () => {
    bob.say('#lobby', 'nothing special');
    bob.say('#lobby', 'ADA, are you there?');
    await until('two unread', async () =>
      (await ada.page.locator('.sidebar .entry', { hasText: 'lobby' }).textContent()).includes('2 unread, 1 mention'),
    );
    assert.match(await ada.page.title(), /^\(1\) #ranks/);
    await ada.openConversation('lobby');
    await ada.has('.row.marker', 'New messages');
    await ada.has('.row.mention', 'ADA, are you there?');
    await until('all is read', async () => (await ada.page.locator('.sidebar .count').count()) === 0);
    assert.match(await ada.page.title(), /^#lobby/);
  });

  test('what is begun in one conversation waits there, and what is typed at once in the next is not lost', async () => {
    await ada.page.fill('#message', 'for the lobby');
    // Before anything is drawn.
    const typed = await ada.page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const entries = [...document.querySelectorAll('.sidebar .entry')];
      entries.find((entry) => entry.textContent.includes('ranks')).click();
      const field = document.getElementById('message');
      field.value = 'for the ranks';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await frame();
      await frame();
      return field.value;
    });
    assert.equal(typed, 'for the ranks');
    await ada.openConversation('lobby');
    await until('the draft is back', async () => (await ada.page.inputValue('#message')) === 'for the lobby');
    await ada.page.fill('#message', '');
    await ada.openConversation('ranks');
    await until('the other draft is back', async () => (await ada.page.inputValue('#message')) === 'for the ranks');
    await ada.page.fill('#message', '');
    await ada.openConversation('lobby');
  });

  test('two people talk alone', async () => {
    await ada.page.locator('.members .entry', { hasText: 'eve' }).click();
    await ada.has('.header h1', 'eve');
    await ada.say('psst');
    await eve.has('.sidebar .entry', 'ada');
    await eve.openConversation('ada');
    await eve.sees('psst');
    await eve.say('what is it?');
    await ada.sees('what is it?');
    await bob.fence();
    assert.ok(!bob.lines.some(({ params }) => params.includes('psst')));
    bob.say('ada', 'from IRC');
    await ada.has('.sidebar .entry.mentioned', 'bob');
    await ada.page.click('[aria-label="Close the conversation"]');
    await until(
      'eve is not listed',
      async () => (await ada.page.locator('.sidebar .entry', { hasText: 'eve' }).count()) === 0,
    );
  });

  test('who comes later reads what was said before, and scrolls back to all of it', async () => {
    const long = await IrcPerson.come(server, 'long', '#long');
    for (let at = 0; at < 260; at += 1) long.say('#long', `line ${at}`);
    await long.sawMessage('line 259');
    const late = await browser.visit(server.url);
    await late.signIn('late', '#long');
    await late.sees('line 259');
    assert.ok(!(await late.said()).includes('line 100'));
    const place = (text) =>
      late.page.evaluate((wanted) => {
        const row = [...document.querySelectorAll('.row.said')].find(
          (node) => node.querySelector('.text').textContent === wanted,
        );
        return row?.querySelector('.text').getBoundingClientRect().top;
      }, text);
    await until('the oldest line is there', async () => {
      const before = (await late.said())[0];
      const [was, is] = await late.page.evaluate(() => {
        const scroller = document.querySelector('.scroller');
        scroller.scrollTop = scroller.scrollTop === 150 ? 120 : 150;
        const first = document.querySelector('.row.said .text');
        return [first.getBoundingClientRect().top, first.textContent];
      });
      assert.equal(is, before);
      if (before === 'line 0') return true;
      await until('older lines come', async () => (await late.said())[0] !== before);
      assert.ok(Math.abs((await place(before)) - was) < 3, 'what is read stays where it is');
      return false;
    });
    assert.deepEqual(
      await late.said(),
      Array.from({ length: 260 }, (_, at) => `line ${at}`),
    );
    await late.has('.top', 'This is all that the server still knows');
    long.say('#long', 'while you read');
    await late.has('.to-end', '1 new message');
    await late.page.click('.to-end');
    assert.ok(
      await late.page.evaluate(() => {
        const scroller = document.querySelector('.scroller');
        return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 5;
      }),
    );
    long.leave();
  });

  test('what is not confirmed yet says so', async (t) => {
    const proxy = await Proxy.before(server.ports.http);
    t.after(() => proxy.close());
    const slow = await browser.visit(proxy.url, { lossy: true });
    await slow.signIn('slow');
    // Nothing is sent before the room's history has come.
    await slow.say('one moment');
    await slow.has('.row.said:not(.pending)', 'one moment');
    proxy.swallow('down');
    await slow.say('are you there?');
    await slow.has('.row.pending.state-sent', 'are you there?');
    await eve.openConversation('lobby');
    await eve.sees('are you there?');
    assert.equal(await slow.page.locator('.row.pending').count(), 1);
    await slow.context.close();
  });

  test('Tab completes nicks, commands and rooms', async () => {
    const { page } = ada;
    await ada.openConversation('lobby');
    const typed = async (text) => {
      await page.fill('#message', '');
      await page.locator('#message').pressSequentially(text);
      await page.press('#message', 'Tab');
      return page.inputValue('#message');
    };
    assert.equal(await typed('ev'), 'eve: ');
    assert.equal(await typed('hello ev'), 'hello eve ');
    assert.equal(await typed('/top'), '/topic ');
    assert.equal(await typed('in #ran'), 'in #ranks ');
    await page.fill('#message', '');
  });

  test('/help explains all commands, /whois tells who somebody is, and what is unknown is said', async () => {
    await ada.say('/help');
    await ada.has('dialog dt', '/topic [TEXT]');
    await ada.page.keyboard.press('Escape');
    await ada.say('/whois bob');
    await ada.has('.kind-info', 'is in');
    await ada.say('/nosuch');
    await ada.has('.kind-info', 'There is no command /nosuch');
    await ada.say('//help');
    await bob.sawMessage('/help');
    await ada.say('/me waves');
    await bob.sawMessage('\x01ACTION waves\x01');
    await eve.has('.kind-action', 'ada waves');
  });

  test('a room that lets nobody in says why', async () => {
    bob.send('JOIN #closed', 'MODE #closed +k secret');
    await bob.fence();
    await ada.page.keyboard.press('Control+k');
    await ada.page.fill('dialog input', '#closed');
    await ada.page.click('dialog button[type=submit]');
    await ada.page.locator('dialog .problem:not(:empty)').waitFor();
    await ada.page.fill('dialog input >> nth=1', 'secret');
    await ada.page.press('dialog input >> nth=1', 'Enter');
    await ada.inRoom('#closed');
    bob.send('KICK #closed ada :bye now');
    await ada.has('.not-in', 'bob put you out (bye now)');
  });

  test('the browser notifies when one is meant, if one wants it and looks elsewhere', async () => {
    const away = await browser.visit(server.url, { permissions: ['notifications'], ...DESKTOP });
    await away.page.evaluate(() => {
      window.shown = [];
      window.Notification = class extends EventTarget {
        static permission = 'granted';
        constructor(title, { body }) {
          super();
          window.shown.push(`${title}: ${body}`);
        }
        close() {}
      };
    });
    await away.signIn('gone');
    const look = (focused) =>
      away.page.evaluate((has) => {
        document.hasFocus = () => has;
        window.dispatchEvent(new Event(has ? 'focus' : 'blur'));
      }, focused);
    const fence = async (text) => {
      bob.say('#lobby', text);
      await away.sees(text);
    };
    await look(false);
    bob.say('#lobby', 'gone: not asked for');
    await fence('one');
    await away.page.click('[aria-label="Settings"]');
    await away.page.click('text=Notify me');
    await away.page.keyboard.press('Escape');
    await look(true);
    bob.say('#lobby', 'gone: you look');
    await fence('two');
    await look(false);
    bob.say('#lobby', 'not you');
    bob.say('#lobby', 'gone: <b>look</b>');
    await fence('three');
    assert.deepEqual(await away.page.evaluate(() => window.shown), ['bob in #lobby: gone: <b>look</b>']);
  });
});
