#!/usr/bin/env node
import module from "node:module";

// Node from 22.1 on keeps what V8 has compiled in the system's folder of temporary files, for the next start. Modules count that are
// loaded after this.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
await import("./main.ts");
