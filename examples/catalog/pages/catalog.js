// The shop: search as one types, buying, what others buy meanwhile.
import { answered, attempt, element, follow, get, post, toast } from '/shared/page.js';
import { card, detail, flash, showStock } from './cards.js';
import { inWords, learn, stockOf } from './stock.js';

const NEWS_MAX = 6;
const BEST_PAUSE_MS = 300;

const place = (id) => document.getElementById(id);
const names = new Map(); // of products that were shown
const actions = { buy: (id) => change(id, 'buy', 1), restock: (id) => change(id, 'restock', 10) };

// --- search ---

let searches = 0;

async function search() {
  const mine = ++searches;
  const answer = await attempt(() =>
    get(`/api/search?words=${encodeURIComponent(place('words').value)}`));
  if (!answer || mine !== searches) return; // another one was typed meanwhile
  answer.stock?.stock.forEach(learn);
  answer.products.forEach((product) => names.set(product.id, product.name));
  const count = answer.products.length;
  place('count').textContent = count === 1 ? '1 product' : `${count} products`;
  place('products').replaceChildren(...answer.products.map((each) => card(each, actions)));
  place('products-from').replaceChildren(answered(answer.answered));
  place('stock-from').replaceChildren(answer.stock ? answered(answer.stock.answered) : '');
}

// --- buying ---

function cardsOf(product) {
  return [place(`product-${product}`), place('detail').querySelector(`[data-id="${product}"]`)]
    .filter((each) => each);
}

function takeStock(stock) {
  const before = stockOf(stock.product);
  if (!learn(stock)) return false;
  for (const each of cardsOf(stock.product)) {
    showStock(each, stock.product);
    if (before) flash(each);
  }
  return true;
}

async function change(product, what, quantity) {
  const answer = await attempt(() => post(`/api/${what}`, { product, quantity }));
  if (!answer) return;
  answer.stock.stock.forEach(takeStock);
  if (!answer.done) toast('note', `${names.get(product)} is sold out.`);
  for (const each of cardsOf(product)) {
    each.querySelector('.done').replaceChildren(what === 'buy' ? 'sale ' : 'delivery ',
      answered(answer.answered), element('br'), 'stock ', answered(answer.stock.answered));
  }
  bestSellersSoon();
}

// --- best sellers ---

let bestDue = null;

function bestSellersSoon() {
  bestDue ??= setTimeout(bestSellers, BEST_PAUSE_MS);
}

async function bestSellers() {
  bestDue = null;
  const answer = await attempt(() => get('/api/best'));
  if (!answer) return;
  const sold = ({ product, sold }) => Math.max(sold, stockOf(product)?.sold ?? 0);
  const best = answer.best.toSorted((a, b) => sold(b) - sold(a));
  const most = best.length > 0 ? sold(best[0]) : 1;
  place('best').replaceChildren(...best.map((each) =>
    element('li', {}, element('a', { href: `#${each.product}` }, each.name),
      element('b', {}, String(sold(each))),
      element('meter', { max: most, value: sold(each), 'aria-hidden': 'true' }))));
  place('best-from').replaceChildren(answered(answer.answered));
}

// --- what others do ---

function tell(product, text) {
  const news = place('news');
  news.querySelector('.quiet')?.remove();
  const link = element('a', { href: `#${product}` }, names.get(product));
  news.prepend(element('li', {}, link, ` ${text}`));
  while (news.children.length > NEWS_MAX) news.lastChild.remove();
}

function takeChanges(changes) {
  for (const stock of changes) {
    const before = stockOf(stock.product);
    if (takeStock(stock) && names.has(stock.product))
      tell(stock.product, inWords(before, stock));
  }
  bestSellersSoon();
}

// --- one product ---

async function showProduct() {
  const dialog = place('detail');
  const id = Number(location.hash.slice(1));
  if (!id) return dialog.close();
  const answer = await attempt(() => get(`/api/product?id=${id}`));
  if (!answer || Number(location.hash.slice(1)) !== id) return;
  answer.stock.stock.forEach(learn);
  names.set(id, answer.product.name);
  const made = detail(answer, actions, () => dialog.close());
  made.dataset.id = id;
  dialog.replaceChildren(made);
  if (!dialog.open) dialog.showModal();
}

place('detail').addEventListener('close', () => {
  if (location.hash) history.replaceState(null, '', location.pathname);
});
place('detail').addEventListener('click', (event) => {
  if (event.target === place('detail')) place('detail').close(); // beside it
});
window.addEventListener('hashchange', showProduct);
place('words').addEventListener('input', search);

await search();
await bestSellers();
await showProduct();
follow('/api/changes', { stock: takeChanges }, {
  opened: () => place('live').classList.add('on'),
  cut: () => place('live').classList.remove('on'),
  // What came meanwhile was missed.
  again: () => { search(); bestSellers(); },
});
