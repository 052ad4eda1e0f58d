// Chromium, one window a person, all in one width, and what is checked at every step: no violation of accessibility rules,
// nothing blocked or failed in the console, no wider than the screen.
//
// A page is checked when it is reached and when it is looked at; a page that is made of the same marks as one that was checked
// is not checked again. Which addresses were reached is kept for `routes.mjs`.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

export class Browser {
  // `width` is "desktop" or "phone".
  static async start({ base, screens, javascript, width = "desktop" }) {
    mkdirSync(screens, { recursive: true });
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });
    const empty = { faults: [], pages: new Set(), reached: new Set(), checked: new Set(), shots: 0, steps: 0 };
    return Object.assign(new Browser(), { browser, base, screens, javascript, width, size: SIZES[width], ...empty });
  }

  async person(name) {
    const context = await this.browser.newContext({ baseURL: this.base, javaScriptEnabled: this.javascript, viewport: this.size, timezoneId: "UTC" });
    // Generous: it decides between works and hangs, never how fast.
    context.setDefaultTimeout(90_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && !/status of 4\d\d/.test(message.text()) && this.fault(page, message.text()));
    page.on("pageerror", (error) => this.fault(page, error.message));
    page.on("response", (response) => this.arrived(page, response));
    return new Person(this, name, page);
  }

  // A page may say 4xx, as when somebody is refused or a form comes back; what a page is made of may not. Only what was not
  // refused counts as reached.
  arrived(page, response) {
    const part = ["image", "stylesheet", "script", "font"].includes(response.request().resourceType());
    if (response.status() >= (part ? 400 : 500)) this.fault(page, `${response.status()} for ${response.url()}`);
    const { origin, pathname } = new URL(response.url());
    if (response.status() < 400 && origin === this.base) this.reached.add(`${response.request().method()} ${pathname}`);
  }

  fault(page, text) {
    this.faults.push(`${new URL(page.url()).pathname}: ${text}`);
  }

  // What each person sees at this moment.
  async picture(name) {
    for (const context of this.browser.contexts()) {
      for (const page of context.pages()) {
        await page.screenshot({ path: join(this.screens, `${name}-${this.width}-${++this.shots}.png`), fullPage: true });
      }
    }
  }

  async end() {
    await this.browser.close();
    return this.faults;
  }
}

export class Person {
  constructor(browser, name, page) {
    Object.assign(this, { browser, name, page });
  }

  async open(path, looked) {
    await this.page.goto(path);
    await this.check();
    if (looked) await this.look(looked);
  }

  // Keeps a picture of the page that is shown, for people to look at.
  async look(name) {
    const { page, browser } = this;
    const number = String(++browser.shots).padStart(3, "0");
    await this.check();
    browser.pages.add(name);
    if (!browser.javascript) return;
    await page.screenshot({ path: join(browser.screens, `${number}-${name}-${browser.width}.png`), fullPage: true });
  }

  async check() {
    const { page, browser } = this;
    browser.steps++;
    const { width } = browser.size;
    const beyond = await page.evaluate((width) => {
      if (document.documentElement.scrollWidth <= width) return [];
      const reaching = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 0.5);
      return reaching.slice(-3).map((element) => element.outerHTML.slice(0, 160));
    }, width);
    if (beyond.length) browser.fault(page, `${browser.width}: wider than the screen: ${beyond.join(" | ")}`);
    if (!browser.javascript) return;
    const marks = await page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll(":checked")].map(({ id }) => id));
    const alike = marks.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d+/g, "#");
    if (browser.checked.has(alike)) return;
    browser.checked.add(alike);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, help, nodes } of violations) {
      browser.fault(page, `${browser.width}: ${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
  }

  // Fills fields by their id: a text, or what to choose of a select. Then presses the button and waits for the page that comes.
  async send(button, fields = {}, { wrong = false } = {}) {
    const { page } = this;
    for (const [id, value] of Object.entries(fields)) {
      const control = page.locator(`[id="${id}"]`);
      if (typeof value === "string") await control.fill(value);
      else await control.selectOption(value);
    }
    await this.arrive(page.getByRole("button", { name: button }).first());
    const problems = await page.locator(".govuk-error-summary").count();
    if (wrong && !problems) throw new Error(`${this.name}: "${button}" was taken at ${page.url()}, though something is wrong with it`);
    if (!wrong) await this.noProblem(button);
  }

  // Ticks radios and boxes by name and value.
  async tick(name, ...values) {
    for (const value of values) await this.page.locator(`input[name="${name}"][value="${value}"]`).check();
  }

  // Presses a button that gives a file, and keeps the file beside the pictures.
  async download(button, name) {
    const pressed = this.page.getByRole("button", { name: button }).first().click();
    const [file] = await Promise.all([this.page.waitForEvent("download"), pressed]);
    if (file.suggestedFilename() !== name) throw new Error(`${this.name}: got ${file.suggestedFilename()}, expected ${name}`);
    await file.saveAs(join(this.browser.screens, name));
  }

  async follow(label, inside = "body") {
    await this.arrive(this.page.locator(inside).getByRole("link", { name: label }).first());
  }

  async arrive(control) {
    await Promise.all([this.page.waitForEvent("load"), control.click()]);
    await this.check();
  }

  async noProblem(after) {
    const summary = this.page.locator(".govuk-error-summary");
    if (await summary.count()) throw new Error(`${this.name}: after "${after}": ${await summary.innerText()}`);
    if (!this.page.url().startsWith(this.browser.base)) throw new Error(`${this.name}: went to ${this.page.url()}`);
  }

  // The path of the page that is shown.
  path() {
    return new URL(this.page.url()).pathname;
  }

  async sees(...texts) {
    const shown = await this.page.locator("body").innerText();
    for (const text of texts) {
      if (!shown.includes(text)) throw new Error(`${this.name}: ${this.page.url()} does not show "${text}":\n${shown}`);
    }
  }

  async seesNot(...texts) {
    const shown = await this.page.content();
    for (const text of texts) {
      if (shown.includes(text)) throw new Error(`${this.name}: ${this.page.url()} shows "${text}"`);
    }
  }

  async signIn(email, password) {
    await this.page.goto("/sign-in");
    await this.send("Sign in", { name: email, password });
  }
}
