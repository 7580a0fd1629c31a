/** A file of policy tests that cannot be read, or that asks for what is not there; the message says where. */
export class PolicyTestError extends Error {
  override readonly name = "PolicyTestError";
}
