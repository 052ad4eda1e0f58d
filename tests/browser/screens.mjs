// The README's pictures, from a running demo: node screens.mjs ADDRESS PASSWORD DIRECTORY
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, password, directory] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 1250 }, timezoneId: "UTC" });
const page = await context.newPage();
await page.goto("/sign-in");
await page.fill("#name", "officer@demo.example");
await page.fill("#password", password);
await page.click("main button[type=submit]");
await page.goto("/queue");
await page.screenshot({ path: join(directory, "queue.png") });
await page.goto(await page.locator('main table a[href^="/reports/"]').first().getAttribute("href"));
await page.screenshot({ path: join(directory, "report.png") });
await browser.close();
console.log(`pictures are in ${directory}`);
