// What the scripts of this folder share: visitors in Debian's Chromium whose troubles are noticed,
// and steps that the test in Python does meanwhile (tests/support/pages.py).
import readline from 'node:readline';
import { chromium } from 'playwright-core';

// What the test gave: {address, screenshots (a folder, or null), ...}.
export const given = JSON.parse(process.argv[2]);

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Lets the test do something, such as kill the primary; returns what its function returned.
export async function step(name, values = {}) {
  process.stdout.write(`${JSON.stringify({ step: name, values })}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error(`the test has gone instead of doing ${name}`);
  return JSON.parse(value);
}

export function expect(holds, what) {
  if (!holds) throw new Error(`not as it has to be: ${what}`);
}

// Runs in the page: what it shows as an error is a trouble as well, however soon it goes.
function watchForErrors() {
  const look = (node) => {
    if (node.nodeType === 1 && node.matches('.toast.error')) window.reportTrouble(node.innerText);
  };
  const watch = new MutationObserver((changes) =>
    changes.forEach((change) => change.addedNodes.forEach(look)));
  watch.observe(document, { childList: true, subtree: true });
}

class Visitor {
  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.troubles = []; // errors on the console and in the page, requests that failed
    page.on('pageerror', (error) => this.troubles.push(`exception: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.troubles.push(`console: ${message.text()}`);
    });
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText;
      // The page itself calls off what it needs no more.
      if (why !== 'net::ERR_ABORTED') this.troubles.push(`request: ${request.url()} ${why}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400)
        this.troubles.push(`status ${response.status()}: ${response.url()}`);
    });
  }

  expectNoTrouble() {
    expect(this.troubles.length === 0, `no trouble: ${this.troubles.join('; ')}`);
  }

  // Nothing is to be scrolled sideways: what a page that fits a phone has in common.
  async expectToFit() {
    const [wide, seen] = await this.page.evaluate(() =>
      [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(wide <= seen, `the page fits: ${wide} of ${seen} pixels`);
  }

  // PNG, for a README; only when the test was told to make them.
  async screenshot(name) {
    if (given.screenshots) await this.page.screenshot({ path: `${given.screenshots}/${name}` });
  }
}

export class Browser {
  constructor(browser) {
    this.browser = browser;
    this.visitors = [];
  }

  // Somebody new, with cookies of their own, at `path`.
  async visitor({ path = '/', phone = false } = {}) {
    const context = await this.browser.newContext({
      viewport: phone ? PHONE : DESKTOP, isMobile: phone, hasTouch: phone, colorScheme: 'light',
    });
    context.setDefaultTimeout(30000);
    const page = await context.newPage();
    const visitor = new Visitor(context, page);
    await page.exposeFunction('reportTrouble', (text) => visitor.troubles.push(`shown: ${text}`));
    await page.addInitScript(watchForErrors);
    this.visitors.push(visitor);
    await page.goto(given.address + path);
    return visitor;
  }
}

// Runs `script(browser)`; fails if it throws or a visitor had trouble.
export async function run(script) {
  const launched = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const browser = new Browser(launched);
  let failure = null;
  try {
    await script(browser);
    browser.visitors.forEach((visitor) => visitor.expectNoTrouble());
  } catch (error) {
    failure = error;
    browser.visitors.forEach(({ troubles }) => troubles.forEach((each) => console.error(each)));
  }
  await launched.close();
  if (failure) console.error(failure);
  process.exit(failure ? 1 : 0);
}
