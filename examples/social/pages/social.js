import { answered, attempt, element, follow, get, post } from '/shared/page.js';
import { avatar, newKey, write } from '/people.js';
import { PostCard } from '/posts.js';
import { Notices } from '/notices.js';
import { followButton, Side } from '/side.js';

const PICTURES = ['harbour', 'mountains', 'coffee', 'night', 'forest', 'dunes', 'kite', 'bread'];
// A replica may have a post a moment later than the news of it.
const TRIES = 20;
const PAUSE_MS = 100;

const place = (id) => document.getElementById(id);
const pause = () => new Promise((done) => setTimeout(done, PAUSE_MS));

// On a phone there is room for one of the two.
function showTab(name) {
  document.body.dataset.tab = name;
  for (const tab of place('tabs').children)
    tab.setAttribute('aria-pressed', String(tab.dataset.tab === name));
}

// The list in the middle: the feed, or somebody's posts, or one post.
class Feed {
  constructor() {
    this.cards = new Map(); // by post
    this.waiting = new Set(); // posts that the visitor has been told of, and does not see yet
    this.person = null;
    this.next = null;
    this.generation = 0; // what was asked for before the list changed is not shown
    new IntersectionObserver((seen) => seen[0].isIntersecting && this.more(),
      { rootMargin: '600px' }).observe(place('end'));
    place('fresh').onclick = () => this.head().then(() => scrollTo({ top: 0 }));
  }

  ask(from = '') {
    const cursor = encodeURIComponent(from);
    return this.person
      ? get(`/api/person?name=${encodeURIComponent(this.person)}&from=${cursor}`)
      : get(`/api/feed?from=${cursor}`);
  }

  card(one, fresh = false) {
    const made = new PostCard(one, (name) => this.show(name));
    if (fresh) made.element.classList.add('new');
    this.cards.set(one.id, made);
    return made.element;
  }

  clear(title) {
    this.generation += 1;
    this.cards.clear();
    this.next = null;
    this.loading = false;
    place('posts').replaceChildren();
    place('title').textContent = title;
    place('profile').hidden = true;
    place('compose').hidden = this.person !== null;
  }

  // The feed, or the posts of one person.
  show(person = null) {
    showTab('feed');
    scrollTo({ top: 0 });
    return this.load(person);
  }

  async load(person = null) {
    this.person = person;
    this.clear(person ? 'Posts' : 'Your feed');
    const generation = this.generation;
    const answer = await attempt(() => this.ask());
    if (!answer || generation !== this.generation) return;
    if (person) this.profile(answer.person);
    else this.seen(answer);
    this.append(answer);
  }

  async showPost(id) {
    this.person = null;
    showTab('feed');
    scrollTo({ top: 0 });
    this.clear('One post');
    place('compose').hidden = true;
    const answer = await attempt(() => get(`/api/post?id=${id}`));
    if (!answer) return;
    const shown = this.card(answer.post);
    place('posts').replaceChildren(shown);
    place('feed-from').replaceChildren(answered(answer.answered));
    this.end();
    this.cards.get(answer.post.id).comments.toggle();
  }

  profile(person) {
    const count = person.followers === 1 ? '1 follower'
      : `${person.followers}${person.more ? '+' : ''} followers`;
    place('profile').replaceChildren(avatar(person),
      element('div', {}, element('div', { class: 'name' }, person.display_name),
        element('div', { class: 'quiet' }, `@${person.name} · ${person.region} · ${count}`)),
      person.id === this.me.id ? '' : followButton(person, person.followed));
    place('profile').hidden = false;
  }

  append(answer) {
    for (const one of answer.page.entries)
      if (!this.cards.has(one.id)) place('posts').append(this.card(one));
    this.next = answer.page.next;
    place('feed-from').replaceChildren(answered(answer.answered));
    this.end();
  }

  end() {
    place('end').textContent = this.next ? '' : this.cards.size
      ? 'That is all.' : 'Nothing here yet: write something, or follow somebody.';
  }

  async more() {
    if (!this.next || this.loading) return;
    const generation = this.generation;
    this.loading = true;
    const answer = await attempt(() => this.ask(this.next));
    if (generation !== this.generation) return;
    this.loading = false;
    if (answer) this.append(answer);
  }

  // What is new goes on top; until all that was told of is there.
  async head(wanted = [...this.waiting]) {
    if (this.person || place('title').textContent !== 'Your feed') return this.show();
    for (let tried = 0; tried < TRIES; ++tried) {
      const answer = await attempt(() => this.ask());
      if (!answer) return undefined;
      const fresh = answer.page.entries.filter((one) => !this.cards.has(one.id));
      place('posts').prepend(...fresh.map((one) => this.card(one, true)));
      place('feed-from').replaceChildren(answered(answer.answered));
      this.seen(answer);
      this.end();
      if (wanted.every((id) => this.cards.has(id))) break;
      await pause();
    }
    this.waiting.clear();
    this.banner();
    return undefined;
  }

  seen(answer) {
    for (const one of answer.page.entries) this.waiting.delete(one.id);
    this.banner();
  }

  announce(id) {
    if (!this.cards.has(id)) this.waiting.add(id);
    this.banner();
  }

  banner() {
    const count = this.waiting.size;
    place('fresh').hidden = count === 0;
    place('fresh').textContent = count === 1 ? '1 new post' : `${count} new posts`;
  }

  totals(posts) {
    for (const each of posts) this.cards.get(each.post)?.show(each);
  }
}

function prepareCompose(feed) {
  const form = place('compose');
  let key = null;
  const mark = () => place('pictures').querySelectorAll('img').forEach((image) =>
    image.setAttribute('aria-pressed', String(image.getAttribute('src') === form.media.value)));
  const pictures = PICTURES.map((name) => element('img', {
    src: `/media/${name}.svg`, alt: name, title: name,
    onclick: (event) => {
      const link = event.target.getAttribute('src');
      form.media.value = form.media.value === link ? '' : link;
      mark();
    },
  }));
  place('pictures').replaceChildren(...pictures);
  form.media.oninput = mark;
  // A click on a picture leaves the text in focus.
  place('pictures').onmousedown = (event) => event.preventDefault();
  form.oninput = () => form.classList.toggle('filled', form.text.value !== '');
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    key ??= newKey(); // kept until it is known to be there: a second attempt makes no second post
    const answer = await attempt(() =>
      write('/api/post', { text: form.text.value, media: form.media.value.trim(), key }));
    button.disabled = false;
    if (!answer) return;
    key = null;
    form.reset();
    form.classList.remove('filled');
    document.activeElement?.blur();
    mark();
    await feed.head([answer.post.id]);
  };
}

function listen(feed, notices) {
  const told = (kind) => (news) => notices.add(kind, news);
  let before = false;
  follow('/api/events', {
    // The line was cut: something may have been missed.
    hello: () => {
      if (before) feed.head([]);
      before = true;
      document.body.dataset.listening = 'yes';
    },
    reload: () => feed.head([]),
    post: (news) => {
      notices.add('post', news);
      feed.announce(news.post);
    },
    reaction: told('reaction'),
    comment: told('comment'),
    follower: told('follower'),
    totals: (news) => feed.totals(news.posts),
  });
}

function enter(me) {
  place('sign-in').hidden = true;
  for (const id of ['network', 'tabs']) place(id).hidden = false;
  const feed = new Feed();
  feed.me = me;
  place('me').replaceChildren(avatar(me, 'small'),
    element('button', { class: 'plain name', onclick: () => feed.show(me.name) }, me.display_name));
  const notices = new Notices(me, (news) =>
    (news.post ? feed.showPost(news.post) : feed.show(news.person.name)));
  const side = new Side({
    person: (name) => feed.show(name),
    post: (id) => feed.showPost(id),
    changed: () => feed.load(),
  });
  place('home').onclick = () => feed.show();
  place('tabs').onclick = ({ target }) => {
    if (!target.dataset.tab) return;
    showTab(target.dataset.tab);
    if (target.dataset.tab === 'side') side.load();
  };
  prepareCompose(feed);
  listen(feed, notices);
  feed.show();
}

// "olivia_marsh" is shown as "Olivia Marsh".
function signedIn({ name, region }) {
  const words = name.value.split('_').filter((word) => word);
  const shown = words.map((word) => word[0].toUpperCase() + word.slice(1)).join(' ');
  return { name: name.value, display_name: shown || name.value, region: region.value };
}

function askForName(regions) {
  const form = place('sign-in');
  form.elements.region.replaceChildren(...regions.map((region) => element('option', {}, region)));
  form.hidden = false;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const answer = await attempt(() =>
      post('/api/sign-in', signedIn(form.elements)));
    if (answer) enter(answer.me);
  };
}

showTab('feed');
const known = await attempt(() => get('/api/me'));
if (known?.me) enter(known.me);
else if (known) askForName(known.regions);
