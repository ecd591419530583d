// Makes a package fit to be packed by npm as well: `prepack` of each package calls this, and `postpack` with
// --restore. npm packs a package.json as it is, but knows neither `workspace:` nor `catalog:`; here the versions that
// are installed take their place, which both stand for, and the license comes along. pnpm does the same by itself. The
// condition by which packages of this repository find each other's sources stays here.
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const manifest = "package.json";
const kept = "node_modules/.package.json";
const license = "LICENSE";

const installed = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;

function restore() {
  // Nothing is kept where nothing was changed.
  if (!existsSync(kept)) return;
  renameSync(kept, manifest);
  rmSync(license);
}

/** Without the condition for sources. */
function published(exports) {
  const { "@eca/source": _, ...built } = exports["."];
  return { ...exports, ".": built };
}

/** With every `workspace:` and `catalog:` as the version that it stands for. */
function resolved(content) {
  const pairs = Object.entries(content).map(([field, value]) => {
    if (!/dependencies$/i.test(field)) return [field, value];
    const versions = Object.entries(value).map(([name, range]) => {
      return [name, /^(?:workspace|catalog):/.test(range) ? installed(name) : range];
    });
    return [field, Object.fromEntries(versions)];
  });
  return { ...Object.fromEntries(pairs), exports: published(content.exports) };
}

// A pack that was broken off has left its own behind.
restore();
if (process.argv[2] !== "--restore") {
  const content = JSON.stringify(resolved(JSON.parse(readFileSync(manifest, "utf8"))), null, 2);
  copyFileSync(manifest, kept);
  copyFileSync(fileURLToPath(new URL(`../${license}`, import.meta.url)), license);
  writeFileSync(manifest, `${content}\n`);
}
