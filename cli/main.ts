import { Command, CommanderError } from "commander";
import { addClockCommands } from "./clock.ts";
import { CommandFailed } from "./control-client.ts";
import { addCredentialCommands } from "./credentials.ts";
import { addGateCommand } from "./gate.ts";
import { addIdentityProviderCommands } from "./idp.ts";
import { addLoginCommands } from "./login.ts";
import { addMfaCommands } from "./mfa.ts";
import { addPolicyCommands } from "./policy.ts";
import { addServerCommands } from "./server.ts";
import { addSnapshotCommands } from "./snapshot.ts";
import { addStartCommand } from "./start.ts";
import { addStoreCommand } from "./store.ts";
import { addTrailCommand } from "./trail.ts";
import { addTransferCommands } from "./transfer.ts";
import { addWhyCommand } from "./why.ts";
import { fileFailure } from "../server/file-failure.ts";
import { VERSION } from "../server/health.ts";

const program = new Command("iam-local")
  .description("AWS IAM and AWS STS on your own machine: signatures, MFA codes and permissions are really checked.")
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError("(--help shows what there is)")
  .addHelpText(
    "after",
    `
Examples:
  iam-local start                                     serve at http://127.0.0.1:4593, state in memory
  iam-local start --data ./state --mfa-rules current  keep the state in a folder; eight MFA devices a user
  iam-local mfa code arn:aws:iam::000000000000:mfa/Jane
  iam-local clock advance 3600
  iam-local trail --errors
  iam-local why                                       why the last request that was refused was refused

Every command but start, gate, store and policy talks to a running emulator: --endpoint or IAM_LOCAL_ENDPOINT says where it is.`,
  );
addStartCommand(program);
addGateCommand(program);
addServerCommands(program);
addSnapshotCommands(program);
addClockCommands(program);
addMfaCommands(program);
addIdentityProviderCommands(program);
addCredentialCommands(program);
addLoginCommands(program);
addTrailCommand(program);
addTransferCommands(program);
addStoreCommand(program);
addWhyCommand(program);
addPolicyCommands(program);

// Without this, what cannot be written ends the process in the middle of its work.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  // Whoever reads may stop reading, as `head` does.
  if (cause.code === "EPIPE") return;
  console.error(`iam-local: standard output cannot be written: ${fileFailure(cause)}.`);
  process.exitCode = 1;
});

// Exit codes: 0 done, 1 failed, 2 called wrongly.
try {
  await program.parseAsync();
} catch (cause) {
  if (cause instanceof CommanderError) {
    process.exitCode = cause.exitCode === 0 ? 0 : 2;
  } else if (cause instanceof CommandFailed) {
    console.error(`iam-local: ${cause.message}`);
    process.exitCode = 1;
  } else {
    throw cause;
  }
}
