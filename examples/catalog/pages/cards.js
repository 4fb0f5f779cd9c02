// How a product looks: its card among the others, and its own page.
import { answered, element } from '/shared/page.js';
import { picture } from './pictures.js';
import { stockOf } from './stock.js';

function stockText(pieces) {
  if (pieces === undefined) return '';
  if (pieces === 0) return 'sold out';
  return pieces <= 5 ? `only ${pieces} left` : `${pieces} left`;
}

// Shows the present stock in what card() or detail() made.
export function showStock(card, product) {
  const pieces = stockOf(product)?.pieces;
  const place = card.querySelector('.stock');
  place.textContent = stockText(pieces);
  place.classList.toggle('few', pieces > 0 && pieces <= 5);
  place.classList.toggle('none', pieces === 0);
  card.querySelector('.buy').disabled = pieces === 0;
}

// Lets the eye catch that the stock changed.
export function flash(card) {
  card.classList.remove('changed');
  void card.offsetWidth; // begins the animation anew
  card.classList.add('changed');
}

function buttons(product, actions) {
  return element('div', { class: 'buttons' },
    element('button', { class: 'primary buy', onclick: () => actions.buy(product) }, 'Buy'),
    element('button', { class: 'restock', onclick: () => actions.restock(product),
      title: 'Ten more pieces' }, '+10'));
}

export function card(product, actions) {
  const made = element('article', { class: 'card product', id: `product-${product.id}` },
    picture(product),
    element('div', { class: 'about' },
      element('a', { class: 'name', href: `#${product.id}` }, product.name),
      element('p', { class: 'quiet' }, product.description),
      element('div', { class: 'line' },
        element('b', { class: 'price' }, `€ ${product.price}`),
        element('span', { class: 'stock' })),
      buttons(product.id, actions),
      element('div', { class: 'done answered' })));
  showStock(made, product.id);
  return made;
}

// The product's own page, of the answer of /api/product.
export function detail(answer, actions, close) {
  const { product } = answer;
  const made = element('article', { class: 'detail' },
    element('button', { class: 'close', onclick: close, 'aria-label': 'Close' }, '×'),
    picture(product),
    element('div', { class: 'about' },
      element('h2', {}, product.name),
      element('p', {}, product.description),
      element('div', { class: 'line' },
        element('b', { class: 'price' }, `€ ${product.price}`),
        element('span', { class: 'stock' })),
      buttons(product.id, actions),
      element('p', { class: 'quiet' }, `${stockOf(product.id)?.sold ?? 0} sold so far`),
      element('div', { class: 'from' }, 'product ', answered(answer.answered)),
      element('div', { class: 'from' }, 'stock ', answered(answer.stock.answered)),
      element('div', { class: 'done answered' })));
  showStock(made, product.id);
  return made;
}
