// At the end of the job: lists what iam-local has refused, folded, since that is what a step that failed may have failed on; and stops it.
const { STATE_pid: pid, STATE_endpoint: endpoint } = process.env;
if (pid !== undefined) {
  try {
    const { events } = await (await fetch(`${endpoint}/_emulator/trail`)).json();
    const refused = events.filter((event) => event.errorCode ?? event.uncheckedDenial).toReversed();
    if (refused.length > 0) {
      console.log(`::group::iam-local refused ${refused.length} of the last ${events.length} requests`);
      for (const event of refused) console.log(lineOf(event));
      console.log("::endgroup::");
    }
  } catch (cause) {
    console.log(`::warning::iam-local no longer answers at ${endpoint}: ${cause.message}`);
  }
  try {
    process.kill(Number(pid));
  } catch {
    // It has ended already.
  }
}

/** Such as `2026-11-24T12:00:00Z ListUsers by arn:aws:iam::000000000000:user/Ann: AccessDenied: User: …` */
function lineOf({ eventTime, eventName, userIdentity, errorCode, errorMessage, errorDetail, uncheckedDenial }) {
  const reason = errorCode ? `${errorCode}: ${errorMessage}` : `not enforced: ${uncheckedDenial}`;
  const detail = errorDetail ? ` (${errorDetail.split("\n")[0]})` : "";
  return `${eventTime} ${eventName} by ${userIdentity?.arn ?? "nobody known"}: ${reason}${detail}`;
}
