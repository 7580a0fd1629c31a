import { killRounds } from "../durability/kill.ts";
import type { Attack } from "./attack-kind.ts";

const ROUNDS = { small: 2, full: 100 };

export const kill: Attack = {
  name: "kill -9 in the middle of commits and folds",
  async run(scale) {
    const { rounds, acknowledged, lost, halved, foldsHit, torn } = await killRounds(ROUNDS[scale]);
    return {
      done: `${rounds} kills, ${foldsHit} of them in a fold; ${acknowledged} acknowledged commits, ${torn} torn lines cut off`,
      failures: [
        ...(lost > 0 ? [`${lost} writers lost a commit that was acknowledged`] : []),
        ...(halved > 0 ? [`${halved} commits were found by half`] : []),
      ],
    };
  },
};
