import type { start as startEmulator } from "../../server/index.ts";

const TIMES = 31;

/** How long `start()` takes in a process that has loaded the library: the first time, and the median of later times. */
export async function inProcessStarts(): Promise<string> {
  const library = new URL("../../bin/index.js", import.meta.url).href;
  const { start } = (await import(library)) as { readonly start: typeof startEmulator };
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now();
    const emulator = await start({ port: 0 });
    times.push(performance.now() - began);
    await emulator.close();
  }
  const [first, ...later] = times;
  const median = later.sort((one, other) => one - other)[later.length >> 1]!;
  return `\nstart() where the library is loaded: ${first!.toFixed(1)} ms the first time, ${median.toFixed(1)} ms after`;
}
