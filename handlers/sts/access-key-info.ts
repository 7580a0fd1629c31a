import { accessKeys } from "../../data/entities/users.ts";
import { accountInId } from "../../data/ids.ts";
import { InvalidClientTokenId } from "../errors.ts";
import { operation } from "../operation.ts";
import { admits } from "./admission.ts";

export const GetAccessKeyInfo = operation("GetAccessKeyInfo", {
  admit: admits("GetAccessKeyInfo"),
  handle({ AccessKeyId: id = "" }, { tx }) {
    // The answer is the same for an active key, a deleted one and a session's (evidence: sts-access-key-info): the id
    // alone says whose it is.
    const account = tx.get(accessKeys, id)?.account ?? (/^A[KS]IA/.test(id) ? accountInId(id) : undefined);
    if (account === undefined) {
      throw InvalidClientTokenId(
        "The security token included in the request is invalid.",
        `${id} is no access key of this emulator, nor of the form of AWS's, which name their account.`,
      );
    }
    return { Account: account };
  },
});
