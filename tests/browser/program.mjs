// The program as other programs speak to it: what a walk needs that no page does, and waiting for what the program does by itself.
import { readFileSync } from "node:fs";

const PATIENCE_MS = 90_000;

// Asks again until the answer is something, and gives it.
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`it never came to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Program {
  // `tokens` by role: owner, officer, partner.
  constructor({ base, partner, tokens, photos }) {
    Object.assign(this, { base, partner, tokens, photos });
  }

  async ask(role, method, path, body, kind = "application/json") {
    const headers = { authorization: `Bearer ${this.tokens[role]}`, "content-type": kind };
    const sent = kind === "application/json" && body !== undefined ? JSON.stringify(body) : body;
    const answer = await fetch(`${this.base}/api/v1${path}`, { method, headers, body: sent });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? {} : answer.json();
  }

  // Under the partner's own address.
  ofPartner(method, path, body, kind) {
    return this.ask("partner", method, `/partners/${this.partner}/${path}`, body, kind);
  }

  async push(...listings) {
    const { rejected } = await this.ofPartner("POST", "listings", listings.map((one) => `${JSON.stringify(one)}\n`).join(""), "application/x-ndjson");
    if (rejected.length) throw new Error(`push: ${JSON.stringify(rejected)}`);
  }

  photo(name) {
    return `${this.photos}/${name}`;
  }

  putPhoto(role, path, name) {
    return this.ask(role, "PUT", path, readFileSync(this.photo(name)), "image/jpeg");
  }

  async figures() {
    return (await fetch(`${this.base}/metrics`)).text();
  }

  // Waits until so many reports are open.
  async untilOpen(count) {
    await until(`${count} open reports`, async () => (await this.figures()).includes(`\nreplevin_reports{state="open"} ${count}\n`));
  }

  // Waits until everything that was sent is compared and no effect is left to be done.
  async settle() {
    await until("the jobs catch up", async () => {
      const figures = await this.figures();
      const value = (name) => Number(figures.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1]);
      const last = value("replevin_sequence");
      const behind = ["replevin_matching_cursor", "replevin_numbers_cursor", "replevin_index_checkpoint"].filter((name) => value(name) !== last);
      return behind.length === 0 && value('replevin_photos_to_read{way="barcode"}') === 0 && value('replevin_rows{table="outbox"}') === 0;
    });
  }

  // Things of one burglary, stolen and verified, by what their owner says of them and shows; their ids.
  async stolen(crimeReference, ...items) {
    const ids = [];
    for (const { photos = [], ...said } of items) {
      const { id } = await this.ask("owner", "POST", "/items", said);
      for (const [at, photo] of photos.entries()) await this.putPhoto("owner", `/items/${id}/photos/${at + 1}`, photo);
      ids.push(id);
    }
    const hours = (ago) => new Date(Date.now() - ago * 3_600_000).toISOString();
    const place = { country: "DK", postcode: "8000", city: "Aarhus" };
    const theft = { items: ids, from: hours(30), to: hours(20), location: place, circumstances: "Låsen på skuret var klippet over." };
    const { id } = await this.ask("owner", "POST", "/theft-reports", theft);
    await this.ask("officer", "POST", `/theft-reports/${id}/verification`, { verified: true, crime_reference: crimeReference });
    return ids;
  }

  // The path of the page of the report on an item.
  async reportOn(item) {
    const { reports } = await this.ask("officer", "GET", "/reports");
    const report = reports.find((report) => report.item === item);
    if (!report) throw new Error(`${item} is not reported: ${JSON.stringify(reports)}`);
    return `/reports/${report.id}`;
  }
}
