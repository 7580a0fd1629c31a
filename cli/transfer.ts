import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { ImportSummary } from "../server/seed/import.ts";
import { fileFailure } from "../server/file-failure.ts";
import { mergePages } from "../server/seed/pages.ts";
import { asClient, callControl, CommandFailed, printAnswer, type ClientOptions } from "./control-client.ts";
import { readText } from "./read-text.ts";

/** `import` and `export`: an account in the form that `aws iam get-account-authorization-details` prints. */
export function addTransferCommands(program: Command): void {
  addImport(program);
  addExport(program);
}

interface ImportOptions extends ClientOptions {
  readonly account?: string;
  readonly rewriteAccount?: true;
}

function addImport(program: Command): void {
  asClient(program.command("import"))
    .argument("<files...>", "what aws iam get-account-authorization-details has printed; pages together")
    .description("make the users, groups, roles and policies of an AWS account")
    .option("--account <ID>", "in another account than the emulator's own")
    .option("--rewrite-account", "let policy documents name this account where they name the one they come from")
    .addHelpText(
      "after",
      `
Ids and dates are new. Passwords, keys and MFA devices are not in the file, nor descriptions and session lengths of roles.

Example:
  aws iam get-account-authorization-details > account.json        with the keys of the account on AWS
  iam-local import account.json --rewrite-account`,
    )
    .action(async (files: readonly string[], { account, rewriteAccount, ...options }: ImportOptions) => {
      const summary = await callControl<ImportSummary>(options, {
        path: "import",
        query: { account, rewriteAccount: rewriteAccount && "true" },
        body: mergePages(await Promise.all(files.map(readPage))),
      });
      printAnswer(options, summary, summaryLines);
      const { length } = summary.failed;
      if (length > 0)
        throw new CommandFailed(`${length === 1 ? "one entity was" : `${length} entities were`} not made.`);
    });
}

function summaryLines({
  account,
  from,
  made,
  failed,
  documentsNamingFormerAccount: documents,
}: ImportSummary): string[] {
  const counts = Object.entries(made).map(([kind, count]) => `${kind} ${count}`);
  return [
    `from account ${from} into ${account}: ${counts.join(", ")}`,
    ...(documents.length === 0 ? [] : [`these documents name account ${from} still (--rewrite-account changes them):`]),
    ...documents.map((document) => `  ${document}`),
    ...(failed.length === 0 ? [] : ["not made:"]),
    ...failed.map(({ entity, code, message }) => `  ${entity}: ${code}: ${message}`),
  ];
}

async function readPage(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(file);
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (cause) {
    // The message quotes the text, including its line breaks.
    throw new CommandFailed(`${file} is not JSON: ${(cause as Error).message.replace(/\s+/g, " ")}.`);
  }
  if (typeof page === "object" && page !== null) return page as Record<string, unknown>;
  throw new CommandFailed(`${file}: it holds no JSON object.`);
}

interface ExportOptions extends ClientOptions {
  readonly account?: string;
  readonly output?: string;
}

function addExport(program: Command): void {
  asClient(program.command("export"))
    .description("print the account as aws iam get-account-authorization-details does; there are no secrets in it")
    .option("--account <ID>", "another account than the emulator's own")
    .option("--output <FILE>", "write it there")
    .action(async ({ account, output, ...options }: ExportOptions) => {
      const details = await callControl<object>(options, { path: "export", query: { account } });
      const text = JSON.stringify(details, undefined, 4);
      if (output === undefined) return console.log(text);
      await writeFile(output, `${text}\n`).catch((cause: unknown) => {
        throw new CommandFailed(`${output} cannot be written: ${fileFailure(cause)}.`);
      });
    });
}
