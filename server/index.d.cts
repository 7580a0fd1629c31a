// The types of the package as `require` sees them: one and the same as those for `import`.
import type { GateOptions, IamLocal, Options, StartOptions, TrailEvent } from "./index.js" with {
  "resolution-mode": "import",
};

export type { GateOptions, IamLocal, Options, StartOptions, TrailEvent };
export declare const start: (options?: StartOptions) => Promise<IamLocal>;
