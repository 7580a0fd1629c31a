import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of the heap in use after garbage collection. */
export function usedMemory(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
