import { replicaFaults } from "../replicas/faults.ts";
import { replicaFreshness } from "../replicas/freshness.ts";
import { replicaRaces } from "../replicas/races.ts";
import { replicaRegisters } from "../replicas/registers.ts";
import type { Attack } from "./attack-kind.ts";
import { damage } from "./damage.ts";
import { faults } from "./faults.ts";
import { fuzzed } from "./fuzzed.ts";
import { gated } from "./gated.ts";
import { idle } from "./idle.ts";
import { kill } from "./kill.ts";
import { oversized } from "./oversized.ts";
import { pipelined } from "./pipelined.ts";
import { soak } from "./soak.ts";
import { unread } from "./unread.ts";

/** In the order of their rows. A further one is a file that exports an Attack, and its line here. */
export const attacks: readonly Attack[] = [
  pipelined,
  fuzzed,
  faults,
  unread,
  idle,
  oversized,
  gated,
  kill,
  damage,
  soak,
  replicaFaults,
  replicaRaces,
  replicaFreshness,
  replicaRegisters,
];
