// The browser's notifications and the page's title: for whoever looks elsewhere.
import { plainText } from '../format/codes.js';
import { texts } from '../texts.js';

const TEXT_LENGTH = 160;

export class Notifier {
  #works = true;

  constructor(page) {
    this.page = page;
  }

  // Browsers have it for pages that came over https or from this machine only.
  possible() {
    return this.#works && 'Notification' in window && window.isSecureContext;
  }

  allowed() {
    return this.possible() && Notification.permission === 'granted';
  }

  denied() {
    return this.possible() && Notification.permission === 'denied';
  }

  // Asks the person for permission if need be. Gives whether it is on.
  async turn(on) {
    if (on && this.possible() && Notification.permission === 'default') await Notification.requestPermission();
    const is = on && this.allowed();
    this.page.settings.set('notify', is);
    return is;
  }

  added(buffer, item) {
    if (!this.page.settings.notify || !this.allowed() || this.page.store.looking || item.own || !item.from) return;
    if (!item.mention && buffer.kind !== 'person') return;
    const title = buffer.kind === 'person' ? texts.notify.person(item.from) : texts.notify.room(item.from, buffer.name);
    const body = [...plainText(item.text)].slice(0, TEXT_LENGTH).join('');
    const shown = this.#made(title, { body, tag: buffer.key, icon: 'icon.svg' });
    shown?.addEventListener('click', () => {
      window.focus();
      this.page.activate(buffer);
      shown.close();
    });
  }

  // Chrome on Android says that it can, and throws: there only a service worker may.
  #made(title, options) {
    try {
      return new Notification(title, options);
    } catch {
      this.#works = false;
      this.page.settings.set('notify', false);
      return null;
    }
  }

  renderTitle() {
    const { store } = this.page;
    const { unread, mentions } = store.totals();
    const count = mentions > 0 ? `(${mentions}) ` : unread > 0 ? '• ' : '';
    const where = store.current.kind === 'server' ? '' : `${store.current.name} – `;
    document.title = `${count}${where}${texts.name}`;
  }
}
