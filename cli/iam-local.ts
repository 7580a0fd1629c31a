#!/usr/bin/env node
import module from "node:module";

// From Node 22.1 on, this keeps V8's compiled code in the system's temporary folder for the next start. It works for
// modules that are loaded after this line.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
await import("./main.ts");
