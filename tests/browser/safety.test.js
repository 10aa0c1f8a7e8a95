// What others say, wherever it is shown, is text.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Banterd } from './support/banterd.js';
import { Browser } from './support/chromium.js';
import { IrcPerson } from './support/people.js';
import { until } from './support/until.js';

const EVIL = [
  '<script>window.hit=1</script>',
  '<img src=x onerror=window.hit=1>',
  '"><svg onload=window.hit=1>',
  '</div></li></ol><iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  '&lt;b&gt; &amp; &#60;i&#62;',
  '{{constructor.constructor("window.hit=1")()}} ${window.hit=1}',
  '\x034,<b>\x02<i>\x02',
];
const ROOM = '#<img/src=x>';

describe('what comes from others', { concurrency: false }, () => {
  let server;
  let browser;
  let mallory;
  let ada;

  before(async () => {
    server = await Banterd.start({ limits: { message_burst: 1000, messages_per_second: 1000 } });
    browser = await Browser.launch();
    mallory = await IrcPerson.come(server, 'mallory', ROOM);
    ada = await browser.visit(server.url);
    await ada.signIn('ada', ROOM);
  });

  after(async () => {
    await browser?.close();
    mallory?.leave();
    await server?.remove();
  });

  // Nothing but what the page itself is made of.
  const strangers = () =>
    ada.page.evaluate(() => {
      const ours = new Set([
        'A',
        'ASIDE',
        'BODY',
        'BUTTON',
        'DD',
        'DETAILS',
        'DIALOG',
        'DIV',
        'DL',
        'DT',
        'FORM',
        'H1',
        'H2',
        'H3',
        'HEAD',
        'HEADER',
        'HTML',
        'INPUT',
        'KBD',
        'LABEL',
        'LI',
        'LINK',
        'MAIN',
        'META',
        'NAV',
        'NOSCRIPT',
        'OL',
        'P',
        'SECTION',
        'SPAN',
        'STRONG',
        'SUMMARY',
        'TEXTAREA',
        'TIME',
        'TITLE',
        'UL',
        'path',
        'svg',
      ]);
      const own = [...document.querySelectorAll('script')].filter((script) => script.src.endsWith('/app.js'));
      return [...document.querySelectorAll('*')]
        .filter((node) => !ours.has(node.tagName) && !own.includes(node))
        .map((node) => node.outerHTML);
    });
  const isSafe = async () => {
    assert.deepEqual(await strangers(), []);
    assert.equal(await ada.page.evaluate(() => window.hit), undefined);
  };

  test('is text in messages, actions and notices', async () => {
    for (const text of EVIL) {
      mallory.say(ROOM, text);
      mallory.say(ROOM, `\x01ACTION ${text}\x01`);
      mallory.send(`NOTICE ${ROOM} :${text}`);
    }
    const shown = EVIL.map((text) => text.replace(/\x034,|\x034|\x02/g, '')).map((text) =>
      text.startsWith('<b>') ? `,${text}` : text,
    );
    for (const text of shown) await ada.sees(text);
    await isSafe();
  });

  test('is text in names of rooms, topics and the list of rooms', async () => {
    assert.equal(await ada.page.textContent('.header h1'), ROOM);
    for (const text of EVIL.slice(0, 5)) {
      mallory.send(`TOPIC ${ROOM} :${text}`);
      await ada.has('.header .topic', text);
    }
    await ada.page.keyboard.press('Control+k');
    await ada.has('.room-entry .name', ROOM);
    await isSafe();
    await ada.page.keyboard.press('Escape');
  });

  test('is text in reasons of parts, quits, kicks and absence', async () => {
    for (const [at, text] of EVIL.slice(0, 5).entries()) {
      const one = await IrcPerson.come(server, `one${at}`, ROOM);
      const two = await IrcPerson.come(server, `two${at}`, ROOM);
      const three = await IrcPerson.come(server, `three${at}`, ROOM);
      await ada.has('.members .name', `three${at}`);
      one.send(`PART ${ROOM} :${text}`);
      two.send(`QUIT :${text}`);
      mallory.send(`KICK ${ROOM} three${at} :${text}`);
      await ada.has('.kind-event', text);
      for (const person of [one, three]) person.leave();
    }
    await until('the folded reasons are shown', () =>
      ada.page.evaluate(() => {
        for (const details of document.querySelectorAll('.fold details')) details.open = true;
        return [...document.querySelectorAll('.fold li')].some((line) => line.textContent.includes('window.hit=1'));
      }),
    );
    mallory.send(`AWAY :${EVIL[1]}`);
    await ada.page.locator('.members .entry', { hasText: 'mallory' }).click();
    await ada.say('are you there?');
    await ada.has('.header .topic', EVIL[1]);
    await ada.say('/whois mallory');
    await ada.has('.kind-info', EVIL[1]);
    await isSafe();
    await ada.page.click('[aria-label="Close the conversation"]');
  });

  test('is text in reactions, replies, what is read out, and titles', async () => {
    mallory.say(ROOM, 'a target');
    await ada.sees('a target');
    const id = await mallory.idOf('a target');
    mallory.send(
      `@+draft/react=<b>x</b>;+draft/reply=${id} TAGMSG ${ROOM}`,
      `@+draft/react=<i\\sid=q>;+draft/reply=${id} TAGMSG ${ROOM}`,
    );
    await ada.has('.reaction', '<b>x</b>');
    mallory.say(ROOM, `ada ${EVIL[1]}`, `+draft/reply=${id}`);
    await ada.has('.quote', 'a target');
    await ada.has('[role=log] p', EVIL[1]);
    assert.ok((await ada.page.title()).startsWith(ROOM));
    await isSafe();
  });

  test('nicks have all characters that nicks may have', async () => {
    const odd = await IrcPerson.come(server, '`^{|}[]\\', ROOM);
    odd.say(ROOM, 'odd, is it not?');
    await ada.sees('odd, is it not?');
    await ada.has('.members .name', '`^{|}[]\\');
    await isSafe();
    odd.leave();
  });

  test('links lead to the web only, and tell it nothing', async () => {
    mallory.say(
      ROOM,
      'see http://a.example/?q="><b> javascript:window.hit=1 data:text/html,x https://b.example/x. HTTPS://C.example',
    );
    await ada.has('.text a', 'https://b.example/x');
    const links = await ada.page.$$eval('.text a', (all) =>
      all.map(({ protocol, rel, target }) => [protocol, rel, target]),
    );
    assert.ok(links.length >= 3);
    for (const link of links) {
      assert.match(link[0], /^https?:$/);
      assert.deepEqual(link.slice(1), ['noopener noreferrer', '_blank']);
    }
    assert.ok(
      !(await ada.page.$$eval('.text a', (all) => all.map(({ href }) => href))).some((href) =>
        /javascript|data:/.test(href),
      ),
    );
    await isSafe();
  });

  test('no text turns the direction of what is shown', async () => {
    const evil = '\u202ehttp://a.example/moc.knab//:sptth\u2069';
    const shown = evil.replace(/[\u202e\u2069]/g, '\ufffd');
    const turner = await IrcPerson.come(server, 'turner', ROOM);
    mallory.send(`TOPIC ${ROOM} :${evil}`, `NOTICE ${ROOM} :${evil}`, `KICK ${ROOM} turner :${evil}`);
    mallory.say(ROOM, `the target ${evil}`);
    mallory.say(ROOM, `\x01ACTION ada ${evil}\x01`, `+draft/reply=${await mallory.idOf(`the target ${evil}`)}`);
    for (const place of ['.header .topic', '.kind-notice', '.kind-event', '.kind-action', '.quote', '[role=log] p'])
      await ada.has(place, shown);
    mallory.send(`AWAY :${evil}`);
    await ada.page.locator('.members .entry', { hasText: 'mallory' }).click();
    await ada.say('where are you?');
    await ada.has('.header .topic', shown);
    assert.doesNotMatch(await ada.page.textContent('body'), /[\u202a-\u202e\u2066-\u2069]/);
    await ada.page.click('[aria-label="Close the conversation"]');
    turner.leave();
  });

  test('a time stands behind what was said, whatever its direction', async () => {
    mallory.say(ROOM, '\x01ACTION \u0645\u0631\u062d\u0628\u0627\x01');
    await ada.has('.kind-action', '\u0645\u0631\u062d\u0628\u0627');
    const [words, time] = await ada.row('\u0645\u0631\u062d\u0628\u0627').evaluate((row) => {
      const range = document.createRange();
      range.selectNodeContents(row.querySelector('.text .nick').nextSibling.nextSibling);
      return [range, row.querySelector('.text > time')].map((part) => part.getBoundingClientRect().left);
    });
    assert.ok(words < time, `${words} is left of ${time}`);
  });

  test('what is said is read from the side where its first letter is', async () => {
    const hebrew = '\u05e9\u05dc\u05d5\u05dd?';
    mallory.say(ROOM, hebrew);
    await ada.sees(hebrew);
    const ends = await ada.row(hebrew).evaluate((row) => {
      const letters = row.querySelector('.text').firstChild;
      return [0, letters.length - 1].map((at) => {
        const range = document.createRange();
        range.setStart(letters, at);
        range.setEnd(letters, at + 1);
        return range.getBoundingClientRect().left;
      });
    });
    assert.ok(ends[1] < ends[0], 'the question mark stands at the left');
  });

  test('formatting cannot make text unreadable or as wide as it likes', async () => {
    mallory.say(ROOM, `\x031,1hidden\x03 \x0300,00white\x03 ${'x'.repeat(380)}`);
    await ada.has('.text', 'hidden white');
    assert.ok(
      await ada.page.evaluate(
        () => document.querySelector('.scroller').scrollWidth <= document.querySelector('.scroller').clientWidth,
      ),
    );
  });

  test('the page is served with a policy that lets nothing else run', async () => {
    const { headers } = await fetch(server.url);
    assert.match(headers.get('content-security-policy'), /default-src '(self|none)'/);
    assert.match(headers.get('content-security-policy'), /script-src 'self';/);
    assert.doesNotMatch(headers.get('content-security-policy'), /unsafe|\*/);
    const html = await (await fetch(server.url)).text();
    assert.doesNotMatch(html, /<script>|<style|\son\w+=|\sstyle=/);
  });
});
