// A credential_process that prints, as JSON, a session with MFA of the user whose keys are in the environment; the
// provider itself asks for no code (evidence: terraform-mfa-serial). The code is the one that the device shows now.
//   node session-with-mfa.js ENDPOINT SERIAL
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { runCli } from "../../process.ts";

const [endpoint = "", SerialNumber = ""] = process.argv.slice(2);
const { stdout } = await runCli(["mfa", "code", SerialNumber, "--endpoint", endpoint]);
const sts = new STSClient({ endpoint, region: "us-east-1" });
const { Credentials } = await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode: stdout.trim() }));
console.log(JSON.stringify({ Version: 1, ...Credentials }));
