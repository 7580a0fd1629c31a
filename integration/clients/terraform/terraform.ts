import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { before } from "mocha";
import { run, type Ended } from "../../process.ts";
import { requireInstalled } from "../installed.ts";

const PROVIDER = "registry.terraform.io/hashicorp/aws";

/** The folder with the AWS provider: TF_PLUGIN_DIR, else one of the usual folders. */
function pluginFolder(): string | undefined {
  const opt = existsSync("/opt") ? readdirSync("/opt").map((name) => join("/opt", name)) : [];
  const usual = [...opt, "/usr/share/terraform/plugins", join(homedir(), ".terraform.d", "plugins")];
  const named = process.env["TF_PLUGIN_DIR"];
  return (named === undefined ? usual : [named]).find((folder) => existsSync(join(folder, PROVIDER)));
}

/** Skips the tests of the enclosing `describe`, and says so, if Terraform or its AWS provider is missing. */
export function requireTerraform(): void {
  requireInstalled("Terraform", "terraform", "version");
  before(function () {
    if (pluginFolder() !== undefined) return;
    console.warn(
      "    SKIPPED: Terraform's AWS provider is in no folder known (TF_PLUGIN_DIR), so its tests do not run",
    );
    this.skip();
  });
}

/** A command's messages, one line of JSON each; the assertions check their content. */
type Message = any;
/** Attributes of a resource, as Terraform stores them. */
export type Attributes = any;

/** A resource or data source in the state. */
export interface Instance {
  /** In the form of Terraform's messages, such as `aws_iam_user.eve["eve1"]`. */
  readonly address: string;
  readonly type: string;
  readonly mode: "managed" | "data";
  readonly attributes: Attributes;
}

/**
 * The schema of a resource, a data source or a block in one: its attributes, some of which are arguments, and its
 * blocks.
 */
interface Block {
  readonly attributes: Readonly<Record<string, { readonly optional?: boolean; readonly required?: boolean }>>;
  readonly block_types?: Readonly<Record<string, unknown>>;
}

/** The provider's schemas, by type. */
export interface Schema {
  readonly resource_schemas: Readonly<Record<string, { readonly block: Block }>>;
  readonly data_source_schemas: Readonly<Record<string, { readonly block: Block }>>;
}

/** The arguments of a resource or data source. */
export function argumentsOf({ type, mode }: Instance, schema: Schema): readonly string[] {
  const { block } = schema[mode === "data" ? "data_source_schemas" : "resource_schemas"][type]!;
  const isArgument = (name: string) =>
    name !== "id" && name !== "tags_all" && (block.attributes[name]!.optional || block.attributes[name]!.required);
  return [...Object.keys(block.attributes).filter(isArgument), ...Object.keys(block.block_types ?? {})];
}

export interface Outcome {
  /**
   * The planned actions, by address: `create`, `update`, `replace`, `delete`, `import`. Reads of data sources are left
   * out.
   */
  readonly planned: Readonly<Record<string, string>>;
  /** The errors it ended with, without their request ids. */
  readonly errors: readonly string[];
}

/** A folder with a configuration and its state, in which Terraform runs. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), "iam-local-terraform-"));
  readonly #env: Readonly<Record<string, string>>;

  /** `configuration` is a folder beside this file, in the sources; `env` is the provider's environment. */
  constructor(configuration: string, env: Readonly<Record<string, string>> = {}) {
    cpSync(join("integration/clients/terraform", configuration), this.folder, { recursive: true });
    this.#env = env;
  }

  /** Installs the provider from its local folder, without asking a registry. */
  async initialize(): Promise<void> {
    const mirror = JSON.stringify(pluginFolder());
    this.write(
      "terraform.rc",
      `disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`,
    );
    const { code, stderr } = await this.run(["init", "-no-color"]);
    assert.equal(code, 0, stderr);
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  /** Sets the values of variables for all commands. */
  set(variables: Readonly<Record<string, unknown>>): void {
    this.write("terraform.tfvars.json", JSON.stringify(variables));
  }

  /** The provider's resources and data sources. */
  async schema(): Promise<Schema> {
    const { code, stdout, stderr } = await this.run(["providers", "schema", "-json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).provider_schemas[PROVIDER];
  }

  apply(...options: readonly string[]): Promise<Outcome> {
    return this.#report(["apply", "-auto-approve", ...options]);
  }

  plan(...options: readonly string[]): Promise<Outcome> {
    return this.#report(["plan", ...options]);
  }

  destroy(...options: readonly string[]): Promise<Outcome> {
    return this.apply("-destroy", ...options);
  }

  /** Whether a plan has nothing to do, by its exit code. */
  async isUpToDate(...options: readonly string[]): Promise<boolean> {
    const { code, stdout, stderr } = await this.run(["plan", "-detailed-exitcode", "-no-color", ...options]);
    assert.ok(code === 0 || code === 2, stderr);
    if (code === 2) console.warn(stdout);
    return code === 0;
  }

  state(): readonly Instance[] {
    const { resources } = JSON.parse(readFileSync(join(this.folder, "terraform.tfstate"), "utf8"));
    return resources.flatMap(({ mode, type, name, instances }: Message) =>
      instances.map(({ index_key: key, attributes }: Message) => ({
        address: `${mode === "data" ? "data." : ""}${type}.${name}${key === undefined ? "" : `[${JSON.stringify(key)}]`}`,
        type,
        mode,
        attributes,
      })),
    );
  }

  /** Removes from the state all resources except those of these types. */
  forgetAllBut(types: readonly string[]): void {
    const file = join(this.folder, "terraform.tfstate");
    const state = JSON.parse(readFileSync(file, "utf8"));
    const resources = state.resources.filter(({ mode, type }: Message) => mode === "managed" && types.includes(type));
    writeFileSync(file, JSON.stringify({ ...state, resources }));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  run(args: readonly string[]): Promise<Ended> {
    mkdirSync(join(this.folder, "home"), { recursive: true });
    return run("terraform", args, {
      cwd: this.folder,
      env: {
        HOME: join(this.folder, "home"),
        TF_CLI_CONFIG_FILE: join(this.folder, "terraform.rc"),
        TF_IN_AUTOMATION: "1",
        AWS_EC2_METADATA_DISABLED: "true",
        // Each command starts the provider several times, and most of such a start is garbage collection.
        GOGC: "400",
        ...this.#env,
      },
    });
  }

  async #report(args: readonly string[]): Promise<Outcome> {
    const { stdout, stderr } = await this.run([...args, "-json", "-no-color"]);
    assert.equal(stderr, "");
    const messages: Message[] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return {
      planned: Object.fromEntries(
        messages
          .filter(({ type, change }) => type === "planned_change" && change.action !== "read")
          .map(({ change }) => [change.resource.addr, change.action]),
      ),
      errors: messages
        .filter(({ type, diagnostic }) => type === "diagnostic" && diagnostic.severity === "error")
        .map(({ diagnostic: { summary, detail } }) =>
          `${summary}\n${detail}`.trim().replaceAll(/ RequestID: [-\w]+,/g, ""),
        ),
    };
  }
}
