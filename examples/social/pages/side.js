// Beside the feed: what is trending, who might be worth following, what goes on in which region.
import { answered, attempt, element, get } from '/shared/page.js';
import { avatar, write } from '/people.js';

const AGAIN_MS = 10000; // the servers keep these answers for a few seconds as well

export function followButton(person, followed, changed = () => {}) {
  const button = element('button', { class: 'follow', type: 'button' });
  const show = () => {
    button.textContent = followed ? 'Following' : 'Follow';
    button.setAttribute('aria-pressed', String(followed));
  };
  button.onclick = async () => {
    const answer = await attempt(() =>
      write('/api/follow', { author: person.id, follow: !followed }));
    if (!answer) return;
    followed = answer.followed;
    show();
    changed(followed);
  };
  show();
  return button;
}

export class Side {
  constructor(open) {
    this.open = open; // {person(name), post(id), changed()}
    this.asked = 0; // how often the suggestions were asked for, or made old by a click
    this.load();
    setInterval(() => document.hidden || this.loadNumbers(), AGAIN_MS);
  }

  load() {
    return Promise.all([this.loadNumbers(), this.people()]);
  }

  loadNumbers() {
    return Promise.all([this.trending(), this.regions()]);
  }

  async trending() {
    const answer = await attempt(() => get('/api/trending'));
    if (!answer) return;
    const lines = answer.trends.map((trend, index) =>
      element('div', { class: 'trend', onclick: () => this.open.post(trend.id) },
        element('span', { class: 'rank' }, String(index + 1)),
        element('div', {}, element('div', { class: 'cut' }, trend.text),
          element('div', { class: 'quiet' },
            `${trend.author.display_name} · ${trend.score.toFixed(1)} points`))));
    document.querySelector('#trending .list').replaceChildren(...lines);
    document.querySelector('#trending .by').replaceChildren(answered(answer.answered));
  }

  async people() {
    const asked = ++this.asked;
    const answer = await attempt(() => get('/api/suggestions'));
    if (!answer || asked !== this.asked) return;
    const lines = answer.people.map((person) =>
      element('div', { class: 'suggestion', onclick: () => { ++this.asked; } }, avatar(person, 'small'),
        element('div', { class: 'cut' },
          element('button', { class: 'plain name', onclick: () => this.open.person(person.name) },
            person.display_name),
          element('div', { class: 'quiet cut' }, `@${person.name}`)),
        followButton(person, false, () => this.open.changed())));
    document.querySelector('#people .list').replaceChildren(...lines);
    document.querySelector('#people .by').replaceChildren(answered(answer.answered));
  }

  async regions() {
    const answer = await attempt(() => get('/api/regions'));
    if (!answer) return;
    const cells = (...texts) => texts.map((text) => element('td', {}, String(text)));
    const rows = answer.regions.map((each) =>
      element('tr', {}, ...cells(each.region, each.active, each.posts, each.people),
        element('td', {}, element('b', { class: 'server' }, each.answered.server))));
    const head = ['', 'active', 'posts', 'people', 'server'].map((text) =>
      element('th', {}, text));
    document.querySelector('#regions .list').replaceChildren(
      element('table', {}, element('tr', {}, ...head), ...rows),
      element('div', { class: 'quiet' }, 'The server is the one that answers readers of the region.'));
  }
}
