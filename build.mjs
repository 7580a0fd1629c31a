// Builds everything that runs: tsc emits the tests and what they test, and the types; esbuild what the package has, the command
// line and the library, each with all that it needs, in bin/.
// `npm ci` runs this as `prepare`; a production install (`--omit=dev`) has no compiler and keeps what is there.
// What has not changed since the last build is not compiled again; what has no source any more is removed.
//   node build.mjs [--out DIR] [--library] [--sbom] [--with-pg]
// --library leaves out bin/; --sbom says in bin/sbom.cdx.json what is in the bundles; --with-pg has `pg` in them too, as the image does
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const out = process.argv.includes("--out") ? process.argv[process.argv.indexOf("--out") + 1] : "dist";
const DATA_FILES = [
  "server/api/model.json",
  "catalog/aws-managed-policies.index.json.br",
  "catalog/aws-managed-policies.documents.json.br",
  "catalog/aws-managed-policies.older.json.br",
  "catalog/service-reference.json.gz",
  "catalog/service-operations.json.gz",
  "catalog/condition-keys.json.gz",
];
/** Style sheets, scripts and pictures of the console: the folder lies beside the program, too. */
const ASSETS = "server/console/assets";
/** What pages run in the browser: each of these files becomes a script among the assets, with all that it needs. */
const CLIENT = "server/console/client";

try {
  createRequire(import.meta.url).resolve("typescript/package.json");
} catch {
  console.log("build: no compiler is installed (a production install); nothing is built");
  process.exit(0);
}

rmSync(`${out}/bin`, { recursive: true, force: true });
const incremental = ["--incremental", "--tsBuildInfoFile", `${out}/.tsbuildinfo`];
const compiled = spawnSync("node_modules/.bin/tsc", ["-p", ".", "--outDir", out, ...incremental], { stdio: "inherit" });
for (const file of readdirSync(out, { recursive: true, encoding: "utf8" })) {
  const source = /^(?!bin\/|server\/console\/assets\/)(.+?)(?:\.d\.ts|\.js|\.js\.map)$/.exec(file)?.[1];
  const isGone =
    source === undefined ? /\.(?:br|gz|json)$/.test(file) && !existsSync(file) : !existsSync(`${source}.ts`);
  if (isGone) rmSync(`${out}/${file}`);
}
for (const file of DATA_FILES) if (existsSync(file)) cpSync(file, `${out}/${file}`);
rmSync(`${out}/${ASSETS}`, { recursive: true, force: true });
cpSync(ASSETS, `${out}/${ASSETS}`, { recursive: true });
for (const types of ["server/index.d.cts", "workbench/index.d.cts"]) cpSync(types, `${out}/${types}`);
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const { build } = await import("esbuild");
const scripts = await build({
  entryPoints: readdirSync(CLIENT)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${CLIENT}/${file}`),
  outdir: `${out}/${ASSETS}`,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  logLevel: "warning",
  metafile: true,
});
for (const [script, { inputs }] of Object.entries(scripts.metafile.outputs)) {
  const licences = licencesOf(packagesIn([{ inputs }]));
  if (licences !== "") writeFileSync(script, `/*!\n${licences}\n*/\n${readFileSync(script, "utf8")}`);
}

if (!process.argv.includes("--library")) {
  const common = {
    outdir: `${out}/bin`,
    bundle: true,
    // Names stay: keeping them over minified ones costs a call for each closure at run time.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: "node",
    // Installed by those who keep the state in PostgreSQL; what it would like to have besides is for others.
    external: process.argv.includes("--with-pg") ? ["pg-native", "pg-cloudflare"] : ["pg"],
    target: "node20",
    logLevel: "warning",
    metafile: true,
  };
  const modules = await build({
    ...common,
    // The worker is loaded by its file name from beside the program (data/fold-in-worker.ts).
    entryPoints: {
      "iam-local": "cli/iam-local.ts",
      index: "server/index.ts",
      policy: "workbench/index.ts",
      "fold-worker": "data/fold-worker.ts",
    },
    splitting: true,
    format: "esm",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    chunkNames: "[name]-[hash]",
  });
  // For require(), and above all for Jest, whose sandbox can neither require nor import modules.
  const commonJs = await build({
    ...common,
    entryPoints: { index: "server/index.ts", policy: "workbench/index.ts" },
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    define: { "import.meta.url": "thisFile" },
    banner: { js: 'const thisFile = require("node:url").pathToFileURL(__filename).href;' },
  });
  const packages = packagesIn([modules.metafile, commonJs.metafile, scripts.metafile]);
  writeFileSync(`${out}/bin/LICENSES.txt`, licencesOf(packages));
  if (process.argv.includes("--sbom")) writeFileSync(`${out}/bin/sbom.cdx.json`, billOf(packages));
  for (const file of DATA_FILES) if (existsSync(file)) cpSync(file, `${out}/bin/${file.split("/").at(-1)}`);
  cpSync(`${out}/${ASSETS}`, `${out}/bin/assets`, { recursive: true });
  chmodSync(`${out}/bin/iam-local.js`, 0o755);
}

/** The packages that stand in the bundles, by their folders, and what each says of itself. */
function packagesIn(metafiles) {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean));
  return [...folders]
    .sort((one, other) => one.localeCompare(other))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) }));
}

/** Their licences, which ask to go along with every copy. */
function licencesOf(packages) {
  return packages
    .map(({ folder, name, version, license }) => {
      const licences = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
      const texts = licences.map((file) => readFileSync(`${folder}/${file}`, "utf8").trim());
      return [`${name} ${version} (${license})`, ...texts].join("\n\n");
    })
    .join(`\n\n${"-".repeat(80)}\n\n`);
}

/** npm's bill of materials in CycloneDX, of which what is only used for building and testing is left out. */
function billOf(packages) {
  const { status, stdout, stderr } = spawnSync("npm", ["sbom", "--sbom-format", "cyclonedx"], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const bill = JSON.parse(stdout);
  const kept = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const own = bill.metadata.component["bom-ref"];
  bill.components = bill.components.filter(({ "bom-ref": ref }) => kept.has(ref));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref) || ref === own)
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}
