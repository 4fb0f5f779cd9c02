// What concerns the visitor: pops up, and stays under the bell. The last ones are kept in the browser.
import { element, toast } from '/shared/page.js';
import { ago, avatar } from '/people.js';

const KEPT = 30;
const TOASTS_MAX = 3; // more would cover what one reads

const WORDS = {
  post: () => 'posted',
  reaction: (news) => `reacted to your post: ${news.text}`,
  comment: () => 'commented on your post',
  follower: () => 'follows you now',
};

function line(news, ...more) {
  const quote = news.text && news.kind !== 'reaction'
    ? element('div', { class: 'quiet cut' }, news.text) : null;
  return [avatar(news.person, 'small'),
    element('div', { style: 'min-width: 0' },
      element('span', { class: 'name' }, news.person.display_name), ` ${WORDS[news.kind](news)}`,
      ...more, quote)];
}

export class Notices {
  // `open(news)` shows what one is about.
  constructor(me, open) {
    this.place = `social-notices-${me.id}`;
    this.open = open;
    this.all = JSON.parse(localStorage.getItem(this.place) ?? '[]');
    this.unread = 0;
    this.bell = document.getElementById('bell');
    this.panel = document.getElementById('notices');
    this.bell.hidden = false;
    this.bell.onclick = () => this.toggle();
  }

  add(kind, news) {
    const made = { ...news, kind, at: new Date().toISOString() };
    const shown = toast(kind, ...line(made));
    if (news.post) shown.dataset.post = news.post;
    const toasts = [...document.querySelectorAll('.toast:not(.error)')];
    toasts.slice(0, -TOASTS_MAX).forEach((old) => old.remove());
    this.all = [made, ...this.all].slice(0, KEPT);
    localStorage.setItem(this.place, JSON.stringify(this.all));
    this.unread += 1;
    this.show();
  }

  toggle() {
    this.panel.hidden = !this.panel.hidden;
    this.unread = 0;
    this.show();
  }

  show() {
    const unread = document.getElementById('unread');
    unread.hidden = this.unread === 0;
    unread.textContent = this.unread;
    if (this.panel.hidden) return;
    const lines = this.all.map((news) => element('div', {
      class: 'notice',
      onclick: () => {
        this.panel.hidden = true;
        this.open(news);
      },
    }, ...line(news, element('span', { class: 'quiet' }, ` · ${ago(news.at)}`))));
    this.panel.replaceChildren(element('h2', {}, 'Notifications'), ...lines,
      ...(lines.length ? [] : [element('div', { class: 'quiet' }, 'Nothing yet.')]));
  }
}
