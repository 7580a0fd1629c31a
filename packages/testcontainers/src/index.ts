import { AbstractStartedContainer, GenericContainer, Wait, type StartedTestContainer } from "testcontainers";

const PORT = 4593;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The code that an MFA device shows. */
export interface MfaCode {
  readonly code: string;
  readonly next?: string;
  /** In ISO 8601. */
  readonly validUntil: string;
}

/** A container of iam-local. `image` is one that was built from iam-local's Dockerfile. */
export class IamLocalContainer extends GenericContainer {
  #seed: string | undefined;
  #root: Credentials = { accessKeyId: "test", secretAccessKey: "test" };

  constructor(image: string) {
    super(image);
    this.withExposedPorts(PORT).withWaitStrategy(Wait.forHttp("/_emulator/health", PORT).forStatusCode(200));
  }

  /** What the state begins with: the text of a seed, YAML or JSON, or the object that would be in it. It names no files. */
  withSeed(seed: string | object): this {
    this.#seed = typeof seed === "string" ? seed : JSON.stringify(seed);
    return this;
  }

  /** The account of the root keys, 12 digits. */
  withAccount(account: string): this {
    return this.withEnvironment({ IAM_LOCAL_ACCOUNT: account });
  }

  /** Root's keys, where they are not to be `test` and `test`. */
  withRootCredentials(root: Credentials): this {
    this.#root = root;
    return this.withEnvironment({
      IAM_LOCAL_ROOT_ACCESS_KEY_ID: root.accessKeyId,
      IAM_LOCAL_ROOT_SECRET_ACCESS_KEY: root.secretAccessKey,
    });
  }

  /** Resolves when the emulator answers and the seed is in. Rejects, and stops the container, where the seed is refused. */
  override async start(): Promise<StartedIamLocalContainer> {
    const started = new StartedIamLocalContainer(await super.start(), this.#root);
    if (this.#seed === undefined) return started;
    try {
      await started.seed(this.#seed);
    } catch (cause) {
      await started.stop();
      throw cause;
    }
    return started;
  }
}

export class StartedIamLocalContainer extends AbstractStartedContainer {
  readonly #root: Credentials;

  constructor(container: StartedTestContainer, root: Credentials) {
    super(container);
    this.#root = root;
  }

  /** Where clients find IAM and STS, such as `http://localhost:49153`. */
  getEndpoint(): string {
    return `http://${this.getHost()}:${this.getMappedPort(PORT)}`;
  }

  /** The keys of the account's root. */
  getCredentials(): Credentials {
    return this.#root;
  }

  /** The code that a virtual or hardware device shows now, or that an SMS phone was sent last. */
  mfaCode(serialNumber: string): Promise<MfaCode> {
    return this.#ask<MfaCode>("GET", `mfa/code?serialNumber=${encodeURIComponent(serialNumber)}`);
  }

  /** Adds what a seed has, text or object, to what is there: all of it or nothing. */
  async seed(seed: string | object): Promise<void> {
    await this.#ask("POST", "seed", typeof seed === "string" ? seed : JSON.stringify(seed));
  }

  /** Keeps the state as it is now, and the clock, under a name. */
  async takeSnapshot(name: string): Promise<void> {
    await this.#ask("POST", "snapshots", JSON.stringify({ name }));
  }

  /** Goes back to a snapshot, which stays. */
  async restoreSnapshot(name: string): Promise<void> {
    await this.#ask("POST", `snapshots/${encodeURIComponent(name)}/restore`);
  }

  /** Everything, or what one account has, as at start. A seed that was sent is gone with it. */
  async reset(account?: string): Promise<void> {
    await this.#ask("POST", `reset${account === undefined ? "" : `?account=${encodeURIComponent(account)}`}`);
  }

  /** The control plane's answer. Rejects with the words in which it refuses. */
  async #ask<T>(method: "GET" | "POST", path: string, body?: string): Promise<T> {
    const response = await fetch(`${this.getEndpoint()}/_emulator/${path}`, {
      method,
      ...(body !== undefined && { body, headers: { "Content-Type": "text/plain" } }),
    });
    const answer = (await response.json()) as T & {
      readonly error?: { readonly code: string; readonly message: string };
    };
    if (response.ok) return answer;
    throw Object.assign(new Error(answer.error?.message), { name: answer.error?.code });
  }
}
