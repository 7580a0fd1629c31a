import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { cliCommand, cliName } from "./cli-command.ts";
import type { TrailEvent } from "./trail-event.ts";

const event = (eventName: string, requestParameters: object, eventSource = "iam.amazonaws.com") =>
  ({ eventSource, eventName, requestParameters }) as unknown as TrailEvent;

describe("a request as a command of the AWS CLI", () => {
  it("spells names as the CLI does", () => {
    for (const [name, wanted] of Object.entries({
      ListMFADevices: "list-mfa-devices",
      CreateOpenIDConnectProvider: "create-open-id-connect-provider",
      GetSAMLProvider: "get-saml-provider",
      PolicyArns: "policy-arns",
      UploadSSHPublicKey: "upload-ssh-public-key",
    })) {
      assert.equal(cliName(name), wanted);
    }
  });

  it("quotes what a shell would read, and leaves secrets out", () => {
    const parameters = {
      userName: "it's $me",
      password: "HIDDEN_DUE_TO_SECURITY_REASONS",
      passwordResetRequired: false,
    };
    assert.equal(
      cliCommand(event("CreateLoginProfile", parameters), "http://localhost:1"),
      `aws iam create-login-profile --user-name 'it'\\''s $me' --password "$PASSWORD" --no-password-reset-required --endpoint-url http://localhost:1`,
    );
  });

  it("writes lists as words, structures as JSON, and what begins with a hyphen so that it is no option", () => {
    const parameters = { tagKeys: ["a", "b c"], tags: [{ Key: "k", Value: "v" }], description: "-x" };
    assert.equal(
      cliCommand(event("TagUser", parameters), "http://localhost:1"),
      `aws iam tag-user --tag-keys a 'b c' --tags '[{"Key":"k","Value":"v"}]' --description=-x --endpoint-url http://localhost:1`,
    );
  });

  it("knows none for a sign-in, nor where parameters were left out", () => {
    assert.equal(cliCommand(event("ConsoleLogin", {}, "signin.amazonaws.com"), ""), undefined);
    assert.equal(cliCommand(event("PutUserPolicy", { omitted: true }), ""), undefined);
  });
});
