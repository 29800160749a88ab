// Builds static/vendor from the exact npm versions in package.json; `--check` compares instead of writing.
import { build } from "esbuild";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const target = join(root, "static", "vendor");

const COPIED = {
  "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
  "htmx/LICENSE": "htmx.org/LICENSE",
  "uplot/uplot.css": "uplot/dist/uPlot.min.css",
  "uplot/uplot.d.ts": "uplot/dist/uPlot.d.ts",
  "uplot/LICENSE": "uplot/LICENSE",
};
const MINIFIED = { "uplot/uplot.js": "uplot/dist/uPlot.esm.js" };

/** @returns {Promise<Map<string, Buffer>>} vendored file by its path below static/vendor */
async function built() {
  const files = new Map();
  for (const [name, source] of Object.entries(COPIED)) {
    files.set(name, await readFile(join(modules, source)));
  }
  for (const [name, source] of Object.entries(MINIFIED)) {
    const result = await build({
      entryPoints: [join(modules, source)],
      format: "esm",
      legalComments: "inline",
      minify: true,
      target: "es2022",
      write: false,
    });
    files.set(name, Buffer.from(result.outputFiles[0]?.contents ?? []));
  }
  return files;
}

/** @returns {Promise<string[]>} what stands in static/vendor now */
async function present() {
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(target, join(entry.parentPath, entry.name)));
}

const files = await built();
if (process.argv.includes("--check")) {
  const wrong = (await present()).filter((name) => !files.has(name));
  for (const [name, bytes] of files) {
    const now = await readFile(join(target, name)).catch(() => null);
    if (!now?.equals(bytes)) wrong.push(name);
  }
  if (wrong.length) {
    console.error(`static/vendor differs from a rebuild (run: npm run build): ${wrong.join(", ")}`);
    process.exit(1);
  }
} else {
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await writeFile(join(target, name), bytes);
  }
}
