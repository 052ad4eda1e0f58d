// Chromium, one window a person, and what is checked of every page: no violation of accessibility rules in desktop and phone
// width, nothing blocked or failed in the console, no wider than the screen.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

export class Browser {
  static async start({ base, screens, javascript }) {
    mkdirSync(screens, { recursive: true });
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });
    return Object.assign(new Browser(), { browser, base, screens, javascript, faults: [], pages: new Set(), shots: 0 });
  }

  async person(name) {
    const context = await this.browser.newContext({ baseURL: this.base, javaScriptEnabled: this.javascript, viewport: desktop, timezoneId: "UTC" });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && !/status of 4\d\d/.test(message.text()) && this.fault(page, message.text()));
    page.on("pageerror", (error) => this.fault(page, error.message));
    page.on("response", (response) => failed(response) && this.fault(page, `${response.status()} for ${response.url()}`));
    return new Person(this, name, page);
  }

  fault(page, text) {
    this.faults.push(`${new URL(page.url()).pathname}: ${text}`);
  }

  // What each person sees at this moment.
  async picture(name) {
    for (const context of this.browser.contexts()) {
      for (const page of context.pages()) {
        await page.screenshot({ path: join(this.screens, `${name}-${++this.shots}.png`), fullPage: true });
      }
    }
  }

  async end() {
    await this.browser.close();
    return this.faults;
  }
}

// A page may say 4xx, as when somebody is refused or a form comes back; what a page is made of may not.
function failed(response) {
  const part = ["image", "stylesheet", "script", "font"].includes(response.request().resourceType());
  return response.status() >= (part ? 400 : 500);
}

export class Person {
  constructor(browser, name, page) {
    Object.assign(this, { browser, name, page });
  }

  async open(path, looked) {
    await this.page.goto(path);
    if (looked) await this.look(looked);
  }

  // Checks the page that is shown, in both widths, and keeps a picture of each.
  async look(name) {
    const { page, browser } = this;
    const number = String(++browser.shots).padStart(2, "0");
    const kind = browser.javascript ? "" : "-no-script";
    for (const [device, size] of [["desktop", desktop], ["phone", phone]]) {
      await page.setViewportSize(size);
      await page.screenshot({ path: join(browser.screens, `${number}-${name}-${device}${kind}.png`), fullPage: true });
      if (browser.javascript) await this.check(device, size);
    }
    await page.setViewportSize(desktop);
    browser.pages.add(name);
  }

  async check(device, size) {
    const { page, browser } = this;
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, help, nodes } of violations) {
      browser.fault(page, `${device}: ${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
    const beyond = await page.evaluate((width) => {
      if (document.documentElement.scrollWidth <= width) return [];
      const reaching = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 0.5);
      return reaching.slice(-3).map((element) => element.outerHTML.slice(0, 160));
    }, size.width);
    if (beyond.length) browser.fault(page, `${device}: wider than the screen: ${beyond.join(" | ")}`);
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
    if (!wrong) await this.noProblem(button);
  }

  // Passes the page on which one looks at what one typed, when the form has one.
  async passCheck(button, name) {
    if (!(await this.page.locator("h1").first().innerText()).startsWith("Check")) return;
    await this.look(name);
    await this.send(button);
  }

  // Presses a button that gives a file, and keeps the file beside the pictures.
  async download(button, name) {
    const coming = this.page.waitForEvent("download");
    await this.page.getByRole("button", { name: button }).first().click();
    const file = await coming;
    if (file.suggestedFilename() !== name) throw new Error(`${this.name}: got ${file.suggestedFilename()}, expected ${name}`);
    await file.saveAs(join(this.browser.screens, name));
  }

  async follow(label, inside = "body") {
    await this.arrive(this.page.locator(inside).getByRole("link", { name: label }).first());
  }

  async arrive(control) {
    const loaded = this.page.waitForEvent("load");
    await control.click();
    await loaded;
  }

  async noProblem(after) {
    const summary = this.page.locator(".govuk-error-summary");
    if (await summary.count()) throw new Error(`${this.name}: after "${after}": ${await summary.innerText()}`);
    if (!this.page.url().startsWith(this.browser.base)) throw new Error(`${this.name}: went to ${this.page.url()}`);
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
