// Two visitors of the social network: what one does and the other sees, and the primary's death
// meanwhile.
import { expect, run, step } from './browser.mjs';

const MEASURED = 9;

async function signIn(browser, name, region, options = {}) {
  const visitor = await browser.visitor(options);
  // When the news of a post popped up, by the clock that both browsers share.
  await visitor.page.evaluate(() => {
    window.noticed = {};
    const look = (node) => {
      if (node.dataset?.post && node.classList.contains('toast'))
        window.noticed[node.dataset.post] ??= Date.now();
    };
    new MutationObserver((changes) =>
      changes.forEach((change) => change.addedNodes.forEach(look)),
    ).observe(document.body, { childList: true, subtree: true });
  });
  await visitor.page.locator('#sign-in [name=name]').fill(name);
  await visitor.page.locator('#sign-in select').selectOption(region);
  await visitor.page.getByRole('button', { name: 'Sign in' }).click();
  await visitor.page.locator('body[data-listening=yes]').waitFor();
  return visitor;
}

const card = (visitor, text) => visitor.page.locator('#posts .post', { hasText: text });

// Writes a post and sees it; returns its id and when it was sent.
async function post(visitor, text, picture = null) {
  const { page } = visitor;
  await page.locator('#compose textarea').fill(text);
  if (picture) await page.locator(`#pictures img[alt=${picture}]`).click();
  const answer = page.waitForResponse(
    (response) => response.url().endsWith('/api/post'), { timeout: 90000 });
  const sent = await page.evaluate(() => {
    const now = Date.now();
    document.querySelector('#compose button').click();
    return now;
  });
  const made = (await (await answer).json()).post;
  const first = page.locator(`#posts .post:first-child[data-post="${made.id}"]`);
  await first.waitFor({ timeout: 90000 });
  return { id: made.id, sent };
}

async function noticed(visitor, id) {
  const seen = await visitor.page.waitForFunction((wanted) => window.noticed[wanted], id,
    { timeout: 90000 });
  return seen.jsonValue();
}

async function showNew(visitor) {
  await visitor.page.locator('#fresh').click();
  await visitor.page.locator('#fresh').waitFor({ state: 'hidden' });
}

async function follows(reader, author) {
  await reader.page.evaluate(() => scrollTo(0, 0));
  const line = reader.page.locator('.suggestion', { hasText: author });
  await line.getByRole('button', { name: 'Follow', exact: true }).click();
  await line.getByRole('button', { name: 'Following' }).waitFor();
}

// Suggestions may come from a replica that has not got the author's first post yet.
async function isSuggested(reader, author) {
  const line = reader.page.locator('.suggestion', { hasText: author });
  while (await line.count() === 0) {
    const answer = reader.page.waitForResponse('**/api/suggestions');
    await reader.page.locator('button[data-tab=side]').click();
    await (await answer).finished();
    await reader.page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

// Suggestions that were asked for before, and come after, do not undo what the reader sees.
async function followsWhileSuggestionsCome(reader, author) {
  const line = reader.page.locator('.suggestion', { hasText: author });
  let hold;
  const held = new Promise((resolve) => { hold = resolve; });
  await reader.page.route('**/api/suggestions', async (route) => {
    hold({ route, response: await route.fetch() });
  });
  await reader.page.locator('button[data-tab=side]').click();
  const { route, response } = await held;
  await follows(reader, author);
  const answer = reader.page.waitForResponse('**/api/suggestions');
  await route.fulfill({ response });
  await (await answer).finished();
  await reader.page.unroute('**/api/suggestions');
  await reader.page.evaluate(() => fetch('/api/regions').then((regions) => regions.json()));
  await line.getByRole('button', { name: 'Following' }).waitFor();
}

async function popsUp(author, reader) {
  const delays = [];
  for (let i = 0; i < MEASURED; ++i) {
    const { id, sent } = await post(author, `Good morning, number ${i}`, null);
    delays.push((await noticed(reader, id)) - sent);
  }
  await step('measured', { milliseconds: delays });
  await showNew(reader);
  await card(reader, 'Good morning, number 8').waitFor();
}

const button = (visitor, text, kind) => card(visitor, text).locator(`[data-kind=${kind}]`);
const shows = (visitor, text, kind, count) =>
  button(visitor, text, kind).getByText(String(count), { exact: true }).waitFor();

// One visitor reacts twice and in another way each time: the others see one reaction.
async function reacts(author, reader) {
  const text = 'Good morning, number 8';
  await button(reader, text, 'like').click();
  await shows(author, text, 'like', 1);
  await author.page.locator('.toast.reaction').first().waitFor();
  await button(reader, text, 'love').click();
  for (const visitor of [author, reader]) {
    await shows(visitor, text, 'love', 1);
    expect((await button(visitor, text, 'like').innerText()) === '', 'it is changed, not doubled');
  }
  expect((await button(reader, text, 'love').getAttribute('aria-pressed')) === 'true', 'own');
  await button(author, text, 'love').click();
  for (const visitor of [author, reader]) await shows(visitor, text, 'love', 2);
}

async function comments(author, reader) {
  const text = 'Good morning, number 8';
  await card(reader, text).locator('.talk').click();
  await card(reader, text).locator('.comments input').fill('<b>Good</b> morning to you');
  await card(reader, text).getByRole('button', { name: 'Send' }).click();
  await card(reader, text).getByText('<b>Good</b> morning to you').waitFor();
  await card(author, text).getByText('1 comment', { exact: true }).waitFor();
  await author.page.locator('.toast.comment').waitFor();
}

async function scrolls(visitor, name) {
  const { page } = visitor;
  await page.evaluate(() => scrollTo(0, 0));
  const line = page.locator('.suggestion').first();
  await page.locator('#regions tr').nth(3).waitFor();
  await page.locator('#trending .trend').first().waitFor();
  await line.waitFor();
  const first = await page.locator('#posts .post').count();
  for (let i = 0; i < 20 && (await page.locator('#posts .post').count()) < first + 25; ++i) {
    const before = await page.locator('#posts .post').count();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForFunction((count) => document.querySelectorAll('#posts .post').length > count
      || document.querySelector('#end').textContent, before);
  }
  const ids = await page.locator('#posts .post').evaluateAll((all) =>
    all.map((each) => Number(each.dataset.post)));
  expect(ids.length > first, `more comes: ${ids.length} of ${name}`);
  expect(new Set(ids).size === ids.length, 'no post comes twice');
  await page.evaluate(() => scrollTo(0, 0));
}

// A few of the popular, so that there is something to read.
async function followPopular(visitor) {
  const answers = await visitor.page.evaluate(async () => {
    const follow = (author) => fetch('/api/follow', {
      method: 'POST', body: JSON.stringify({ author, follow: true }),
    }).then((response) => response.status);
    const all = [];
    for (let author = 1; author <= 12; ++author) all.push(await follow(author));
    return all;
  });
  expect(answers.every((status) => status === 200), `all are followed: ${answers}`);
  await visitor.page.locator('#home').click();
  await visitor.page.locator('#posts .post').nth(5).waitFor();
}

async function goesOn(author, reader) {
  const before = await post(author, 'All is well');
  await noticed(reader, before.id);
  const old = await step('kill_primary');
  const during = await post(author, 'Written right after the primary was killed');
  await noticed(reader, during.id);
  await showNew(reader);
  await card(reader, 'Written right after the primary was killed').waitFor();
  await step('await_new_primary', { old });
  const answering = await post(reader, 'And an answer from the other side');
  expect(answering.id > during.id, 'both write');
  await button(reader, 'Written right after', 'wow').click();
  await shows(author, 'Written right after', 'wow', 1);
  await step('start_again', { old });
}

// What the README shows: posts with pictures and what others say of them.
async function looksAlive(author, reader) {
  await followPopular(reader);
  await post(author, 'Coffee first. Everything else can wait.', 'coffee');
  const text = 'First light over the harbour, and nobody else awake.';
  await noticed(reader, (await post(author, text, 'harbour')).id);
  await showNew(reader);
  await button(author, text, 'wow').click();
  await Promise.all([author, reader].map(({ page }) =>
    page.waitForFunction(() => !document.querySelector('.toast'))));
  await button(reader, text, 'love').click();
  await card(reader, text).locator('.talk').click();
  await card(reader, text).locator('.comments input').fill('I could look at this all day.');
  await card(reader, text).getByRole('button', { name: 'Send' }).click();
  await author.page.locator('.toast.comment').waitFor();
  await card(author, text).getByText('1 comment', { exact: true }).waitFor();
  for (const { page } of [author, reader]) {
    await page.evaluate(() => {
      document.activeElement.blur();
      scrollTo(0, 0);
    });
    await page.waitForFunction(() =>
      document.getAnimations().every((each) => each.playState === 'finished'));
  }
}

run(async (browser) => {
  const author = await signIn(browser, 'olivia_marsh', 'eu');
  await post(author, 'Hello from the first browser');
  const reader = await signIn(browser, 'ben_arden', 'us', { phone: true });
  await reader.page.locator('button[data-tab=side]').click();
  await isSuggested(reader, 'olivia_marsh');
  await followsWhileSuggestionsCome(reader, 'olivia_marsh');
  await reader.page.locator('button[data-tab=feed]').click();
  await card(reader, 'Hello from the first browser').waitFor();
  await author.page.locator('.toast.follower').waitFor();
  await popsUp(author, reader);
  await reacts(author, reader);
  await comments(author, reader);
  await followPopular(author);
  await scrolls(author, 'olivia_marsh');
  await author.expectToFit();
  await reader.expectToFit();
  await goesOn(author, reader);
  await looksAlive(author, reader);
  await author.screenshot('screenshot.png');
  await reader.screenshot('screenshot-phone.png');
});
