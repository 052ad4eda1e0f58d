// Copies the two stylesheets and the few icons that they use, without what only GOV.UK may show: its typeface, its
// crest and its logos. Fails when anything of that is left over.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const [packages, target] = process.argv.slice(2);
const systemFonts = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif';
const sheets = {
  "govuk-frontend.css": ["govuk-frontend", "dist/govuk/govuk-frontend.min.css", "dist/govuk/assets/images"],
  "moj-frontend.css": ["@ministryofjustice/frontend", "moj/moj-frontend.min.css", "moj/assets/images"],
};

mkdirSync(join(target, "images"), { recursive: true });
const notices = [];
for (const [name, [pkg, sheet, images]] of Object.entries(sheets)) {
  const css = readFileSync(join(packages, pkg, sheet), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/@font-face\s*\{[^}]*\}/g, "")
    .replace(/"?GDS Transport"?,\s*arial,\s*sans-serif/gi, systemFonts)
    .replace(/(-webkit-)?(background|mask)-image:url\([^)]*crest[^)]*\);?/g, "")
    .replace(/url\("?\/assets\/images\/([^)"]+)"?\)/g, (_, image) => {
      copyFileSync(join(packages, pkg, images, image), join(target, "images", basename(image)));
      return `url(images/${basename(image)})`;
    });
  for (const left of [/@font-face/, /@import/, /GDS Transport/i, /crest[^}]*\.(svg|png)/, /url\((?!images\/)/]) {
    if (left.test(css)) throw new Error(`${name} still contains ${left}`);
  }
  writeFileSync(join(target, name), css);
  const { version, license } = JSON.parse(readFileSync(join(packages, pkg, "package.json"), "utf8"));
  notices.push(`${name}: made from ${pkg} ${version}, licence ${license}, Crown copyright; typeface, crest and logos removed.`);
}
writeFileSync(join(target, "NOTICE.txt"), notices.join("\n") + "\n");
