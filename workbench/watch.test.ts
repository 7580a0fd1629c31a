import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { watchTests } from "./watch.ts";

describe("watching policy tests", () => {
  /** A disk that changes when it is told to. */
  function watched(paths: readonly string[], written?: string) {
    const changes = new Map<string, (file: string) => void>();
    const closed: string[] = [];
    const finish: (() => void)[] = [];
    const ended = new AbortController();
    const lines: string[] = [];
    const done = watchTests(
      paths,
      () => new Promise<void>((resolve) => finish.push(resolve)),
      { write: (line: string) => lines.push(line) },
      {
        written,
        signal: ended.signal,
        watch(folder, changed) {
          changes.set(folder, changed);
          return { close: () => closed.push(folder) };
        },
      },
    );
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    return { changes, closed, finish, ended, lines, done, settle };
  }

  it("runs them again when a file changes, once for whatever changes during a run, until it is ended", async () => {
    const { changes, closed, finish, ended, lines, done, settle } = watched(["workbench", "policy/cases/trust.json"]);
    assert.deepEqual([...changes.keys()], ["workbench", "policy/cases"]);
    assert.deepEqual(lines, ["Waiting for changes in workbench, policy/cases (Ctrl+C ends it)\n"]);
    const change = changes.get("policy/cases")!;
    change("a.yaml");
    await settle();
    assert.equal(finish.length, 1);
    change("a.yaml");
    change("b.json");
    await settle();
    assert.equal(finish.length, 1, "one run at a time");
    finish[0]!();
    await settle();
    assert.equal(finish.length, 2);
    finish[1]!();
    await settle();
    assert.equal(finish.length, 2);
    ended.abort();
    await done;
    assert.deepEqual(closed, ["workbench", "policy/cases"]);
  });

  it("is not stirred by other files, nor by the coverage that it writes itself", async () => {
    const { changes, finish, ended, done, settle } = watched(["workbench"], "out/c.json");
    for (const file of ["notes.md", "coverage.json", "out/c.json", "lcov.info.policies/p.json"]) {
      changes.get("workbench")!(file);
    }
    await settle();
    assert.equal(finish.length, 0);
    changes.get("workbench")!("sub/policy.json");
    await settle();
    assert.equal(finish.length, 1);
    ended.abort();
    finish[0]!();
    await done;
  });
});
