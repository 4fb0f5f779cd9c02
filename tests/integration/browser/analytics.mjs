// Those who watch the analytics: charts that move, who answered them, a user's report, and the
// primary's death meanwhile.
import { expect, given, run, step } from './browser.mjs';

const CHARTS = ['live', 'active', 'engagement'];
const CARDS = [...CHARTS, 'frequent', 'latest'];

const card = (visitor, name) => visitor.page.locator(`#${name}`);

// What the canvas shows.
const pixels = (visitor, name) => card(visitor, name).locator('canvas')
  .evaluate((canvas) => canvas.toDataURL());

async function chartsAreThere(visitor) {
  await card(visitor, 'latest').locator('li').first().waitFor();
  for (const name of CHARTS) {
    const box = await card(visitor, name).locator('canvas').boundingBox();
    expect(box.width > 200 && box.height > 150, `${name} is large enough`);
  }
  await card(visitor, 'frequent').getByText('page view').waitFor();
  const users = await card(visitor, 'active').locator('[data-figure]').innerText();
  expect(Number(users.replaceAll(',', '')) > 100, `${users} users are active`);
}

async function chartsMove(visitor) {
  const chart = await pixels(visitor, 'live');
  const list = await card(visitor, 'latest').locator('[data-events]').innerText();
  await visitor.page.waitForFunction((before) =>
    document.querySelector('#live canvas').toDataURL() !== before, chart);
  await visitor.page.waitForFunction((before) =>
    document.querySelector('#latest [data-events]').innerText !== before, list);
}

async function analyticsReplicasAnswer(visitor) {
  for (const name of CARDS) {
    const said = await card(visitor, name).locator('.answered').innerText();
    const [servers, age, took] = said.split(' · ');
    expect(/^((cache|db3|db4)( \+ )?)+$/.test(servers), `${name} is answered by ${servers}`);
    expect(/ms old|up to date/.test(age), `${name} says how old it is: ${age}`);
    expect(/^[\d.]+ ms$/.test(took), `${name} says how long it took: ${took}`);
  }
}

const cacheAnswers = (visitor) =>
  card(visitor, 'engagement').locator('.answered b', { hasText: 'cache' }).waitFor();

async function showsAReport(visitor) {
  const button = card(visitor, 'latest').locator('button').first();
  // The list is made anew every second: what is pressed is what it shows then.
  const answer = visitor.page.waitForResponse(/\/api\/user\?id=\d+/);
  await button.evaluate((first) => first.click());
  const { user, events } = await (await answer).json();
  expect(events > 0, `user ${user} did something`);
  const report = card(visitor, 'report');
  await report.getByRole('heading', { name: `User ${user}` }).waitFor();
  expect(/db3|db4/.test(await report.locator('.answered b').innerText()), 'a replica reports');
  expect((await report.locator('.events li').count()) > 0, 'the report has events');
}

async function showsAReportByNumber(visitor) {
  await visitor.page.getByRole('textbox').fill('7');
  await visitor.page.getByRole('textbox').press('Enter');
  await card(visitor, 'report').getByRole('heading', { name: 'User 7', exact: true }).waitFor();
}

run(async (browser) => {
  const watcher = await browser.visitor();
  await chartsAreThere(watcher);
  await chartsMove(watcher);
  await cacheAnswers(watcher);
  await analyticsReplicasAnswer(watcher);
  await showsAReport(watcher);
  if (given.screenshots) {
    await watcher.page.setViewportSize({ width: 1280, height: 1550 });
    // Two minutes, so that the chart has nothing that was made up.
    for (let i = 0; i < 110; i += 1) await chartsMove(watcher);
    await showsAReport(watcher);
  }
  await watcher.screenshot('screenshot.png');
  await watcher.expectToFit();

  await step('kill_primary');
  await chartsMove(watcher);
  await analyticsReplicasAnswer(watcher);
  await showsAReport(watcher);
  await step('start_again');
  await chartsMove(watcher);
  await showsAReportByNumber(watcher);

  const traveller = await browser.visitor({ phone: true });
  await chartsAreThere(traveller);
  await traveller.expectToFit();
});
