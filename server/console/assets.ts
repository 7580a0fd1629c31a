import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { Answer } from "../web/answer.ts";
import type { Routes } from "../web/routes.ts";
import { noSuchPage } from "./page.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  /** A hash of the content: a new version has a new URL, so that browsers may keep each version for good. */
  readonly version: string;
}

// Beside this file in the compiled tree, and beside the program in the bundle.
const FOLDER = new URL("./assets/", import.meta.url);

const assets: ReadonlyMap<string, Asset> = new Map(
  readdirSync(FOLDER).map((name) => {
    const body = readFileSync(new URL(name, FOLDER));
    const version = createHash("sha256").update(body).digest("hex").slice(0, 12);
    return [name, { body, type: TYPES[extname(name)]!, version }];
  }),
);

/** The URL of a style sheet, script or picture in assets/. */
export function asset(name: string): string {
  const found = assets.get(name);
  if (!found) throw new Error(`there is no asset ${name}`);
  return `/console/assets/${name}?v=${found.version}`;
}

/** Serves the assets; one requested with its version may be cached for a year. */
export const assetRoutes: Routes = {
  "/assets/:name": {
    body: "unread",
    GET({ params, query }) {
      const found = assets.get(String(params["name"]));
      if (!found) throw noSuchPage();
      const kept = query["v"] === found.version ? "public, max-age=31536000, immutable" : "no-cache";
      return Answer.of(found.type, found.body, 200, { "Cache-Control": kept });
    },
  },
};
