// One post as it is shown: text, picture, reactions, comments.
import { attempt, element, get } from '/shared/page.js';
import { ago, avatar, newKey, write } from '/people.js';

export const REACTIONS = ['like', 'love', 'laugh', 'wow', 'sad', 'angry'];

function picture(link) {
  // The server lets only these through; whoever looks at a picture says nothing of where he is.
  if (!/^(https?:\/\/|\/media\/)/.test(link)) return null;
  const image = element('img', {
    class: 'media', src: link, alt: '', loading: 'lazy', referrerPolicy: 'no-referrer',
  });
  image.addEventListener('error', () => image.replaceWith(
    element('a', { href: link, rel: 'noopener noreferrer', target: '_blank' }, link)));
  return image;
}

function commentLine(comment, openPerson) {
  return element('div', { class: 'comment' }, avatar(comment.author, 'small'),
    element('div', {},
      element('button', { class: 'plain name', onclick: () => openPerson(comment.author.name) },
        comment.author.display_name),
      element('span', { class: 'quiet' }, ` · ${ago(comment.created)}`),
      element('p', {}, comment.text)));
}

class Comments {
  constructor(post, openPerson) {
    this.post = post;
    this.openPerson = openPerson;
    this.list = element('div');
    this.more = element('button', { class: 'plain quiet', hidden: true, onclick: () => this.load() },
      'Older comments');
    const form = element('form', { onsubmit: (event) => this.send(event) },
      element('input', {
        name: 'text', required: true, maxLength: 500, placeholder: 'Write a comment', autocomplete: 'off',
      }),
      element('button', {}, 'Send'));
    this.element = element('div', { class: 'comments', hidden: true }, this.more, this.list, form);
    this.next = '';
  }

  async toggle() {
    this.element.hidden = !this.element.hidden;
    if (!this.element.hidden && this.list.children.length === 0) await this.load();
  }

  async load() {
    const answer = await attempt(() =>
      get(`/api/comments?post=${this.post.id}&from=${encodeURIComponent(this.next)}`));
    if (!answer) return;
    for (const comment of answer.page.entries)
      this.list.prepend(commentLine(comment, this.openPerson));
    this.next = answer.page.next ?? '';
    this.more.hidden = answer.page.next === null;
  }

  async send(event) {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector('button');
    button.disabled = true;
    this.key ??= newKey();
    const answer = await attempt(() =>
      write('/api/comment', { post: this.post.id, text: form.text.value, key: this.key }));
    button.disabled = false;
    if (!answer) return;
    this.key = null;
    form.reset();
    this.list.append(commentLine(answer.comment, this.openPerson));
  }
}

// `me` reads; `openPerson(name)` shows somebody's posts.
export class PostCard {
  constructor(post, openPerson) {
    this.post = post;
    this.comments = new Comments(post, openPerson);
    this.buttons = REACTIONS.map((kind) =>
      element('button', {
        type: 'button', title: kind, 'aria-label': kind, 'data-kind': kind,
        onclick: () => this.react(kind),
      }, element('img', { src: `/reactions/${kind}.svg`, alt: '' }), element('span')));
    this.talk = element('button', {
      class: 'talk', type: 'button', onclick: () => this.comments.toggle(),
    });
    this.element = element('article', { class: 'card post', 'data-post': post.id },
      element('div', { class: 'head' }, avatar(post.author),
        element('div', {},
          element('button', { class: 'plain name', onclick: () => openPerson(post.author.name) },
            post.author.display_name),
          element('div', { class: 'quiet' },
            `@${post.author.name} · ${post.author.region} · ${ago(post.created)}`))),
      element('div', { class: 'text' }, post.text),
      post.media ? picture(post.media) : null,
      element('div', { class: 'reactions' }, ...this.buttons, this.talk),
      this.comments.element);
    this.show(post);
  }

  // How often each was chosen, and how much was said.
  show(totals) {
    this.post.reactions = totals.reactions;
    this.post.comments = totals.comments;
    this.buttons.forEach((button, index) => {
      const count = totals.reactions[index];
      button.classList.toggle('none', count === 0);
      button.setAttribute('aria-pressed', String(this.post.mine === REACTIONS[index]));
      button.querySelector('span').textContent = count || '';
    });
    this.talk.textContent = totals.comments === 1 ? '1 comment' : `${totals.comments} comments`;
  }

  async react(kind) {
    const before = this.post.mine;
    const after = before === kind ? null : kind;
    this.post.mine = after;
    this.show(this.post);
    const answer = await attempt(() => write('/api/react', { post: this.post.id, kind: after }));
    if (!answer) this.post.mine = before;
    this.show(answer ? answer.totals : this.post);
  }
}
