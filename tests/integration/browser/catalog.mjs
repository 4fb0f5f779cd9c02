// Two visitors of the catalogue: searching, buying, what the other one sees, and the primary's
// death meanwhile.
import { expect, run, step } from './browser.mjs';

let bought = 0;

const card = (visitor, name) => visitor.page.locator('.product', { hasText: name });

async function piecesOf(visitor, name) {
  return Number((await card(visitor, name).locator('.stock').innerText()).match(/\d+/)[0]);
}

async function search(visitor, words, count) {
  await visitor.page.locator('#words').pressSequentially(words);
  const text = count === 1 ? '1 product' : `${count} products`;
  await visitor.page.getByText(text, { exact: true }).waitFor();
}

async function clear(visitor) {
  await visitor.page.locator('#words').fill('');
  await visitor.page.getByText('40 products').waitFor();
}

// Clicks and waits for the answer.
async function buy(visitor, name) {
  const answer = visitor.page.waitForResponse((response) => response.url().endsWith('/api/buy'),
    { timeout: 90000 });
  await card(visitor, name).getByRole('button', { name: 'Buy' }).click();
  const { done } = await (await answer).json();
  expect(done, `${name} is bought`);
  bought += 1;
}

async function searchesAsItIsTyped(visitor) {
  await search(visitor, 'lamp', 4);
  await search(visitor, ' flo', 1);
  expect(await card(visitor, 'Floor lamp').isVisible(), 'the floor lamp is found');
  await clear(visitor);
  const from = visitor.page.locator('#products-from b');
  expect(/^(db\d|cache)$/.test(await from.innerText()), 'the page says who answered');
}

async function seesOwnSaleAtOnceAndOthersByThemselves(buyer, other) {
  const name = 'Desk lamp Vega';
  const before = await piecesOf(buyer, name);
  await buy(buyer, name);
  await card(buyer, name).locator('.done b').first().waitFor();
  expect((await piecesOf(buyer, name)) === before - 1, 'the buyer sees the sale at once');
  await card(other, name).getByText(`${before - 1} left`).waitFor();
  await other.page.locator('#news', { hasText: name }).waitFor({ state: 'attached' });
}

async function bestSellersMove(buyer, other) {
  const first = (visitor) => visitor.page.locator('#best li').first();
  await first(other).getByText('Desk lamp Vega').waitFor();
  await buy(buyer, 'Mug Morning');
  await buy(buyer, 'Mug Morning');
  await first(other).getByText('Mug Morning').waitFor();
  await first(buyer).getByText('Mug Morning').waitFor();
}

async function showsAProduct(visitor) {
  await card(visitor, 'Rug Dune').getByRole('link').click();
  const dialog = visitor.page.getByRole('dialog');
  await dialog.getByText('Hand-knotted').waitFor();
  await dialog.getByRole('button', { name: '+10' }).click();
  await dialog.getByText('14 left').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await card(visitor, 'Rug Dune').getByText('14 left').waitFor();
}

async function goesOnWhenThePrimaryDies(buyer, other) {
  let primary = null;
  const killed = step('kill_primary').then((name) => { primary = name; });
  do {
    await buy(buyer, 'Candle Winter');
    await search(buyer, 'wool', 4);
    await clear(buyer);
  } while (!primary);
  await killed;
  await buy(buyer, 'Tea cup Petal');
  const from = card(buyer, 'Tea cup Petal').locator('.done b').first();
  expect((await from.innerText()) === primary, `${primary} sold it`);
  await other.page.locator('#news', { hasText: 'Tea cup Petal' }).waitFor({ state: 'attached' });
  await step('start_again');
  await buy(buyer, 'Cushion Moss');
}

// As the page looks on an ordinary day.
async function showOff(visitor) {
  await visitor.page.reload();
  await visitor.page.locator('#news li:nth-child(6)').waitFor();
  await search(visitor, 'wool', 4);
  await clear(visitor);
  await visitor.page.locator('#products-from', { hasText: 'cache' }).waitFor();
  await buy(visitor, 'Floor lamp Heron');
  await card(visitor, 'Floor lamp Heron').locator('.done b').first().waitFor();
  await visitor.screenshot('screenshot.png');
}

await run(async (browser) => {
  const buyer = await browser.visitor();
  const other = await browser.visitor({ phone: true });
  for (const { page } of [buyer, other])
    await page.locator('#live.on').waitFor({ state: 'attached' });
  await other.expectToFit();
  await searchesAsItIsTyped(buyer);
  await seesOwnSaleAtOnceAndOthersByThemselves(buyer, other);
  await bestSellersMove(buyer, other);
  await showsAProduct(buyer);
  await step('start_load');
  await goesOnWhenThePrimaryDies(buyer, other);
  await showOff(buyer);
  await step('bought', { pieces: bought });
});
