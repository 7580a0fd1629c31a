import { href, inputField, jsonBlock, link, postForm, section, textField, tickField } from "../components.ts";
import { attributes, html, type Html } from "../html.ts";
import { field, linesIn, optionalField, redirect, Refused, type Page, type SignedInView, type View } from "../page.ts";
import { all } from "../listing.ts";
import { groupNames } from "../sections/group-membership.ts";
import { mustChange, mustChangeField } from "../sections/password.ts";
import { errorSummary } from "../refusals.ts";
import { SELF_MANAGEMENT, SELF_MANAGEMENT_NAME } from "../self-management.ts";
import { suggested } from "../unless-refused.ts";

/** Creates a user, with a password for the console, groups and permissions, as far as they are asked for. */
export const createUser: Page = {
  path: "/create-user",
  title: "Create user",
  access: "signed-in",
  GET: async (view) =>
    postForm(
      view,
      { submit: "Create user", besides: link("/console/users", "Cancel") },
      inputField(view, {
        name: "userName",
        label: "User name",
        hint: "At most 64 letters, digits and +=,.@-_ characters.",
        focus: true,
      }),
      inputField(view, { name: "path", label: "Path", hint: "Such as /division/team/.", required: false }),
      textField(view, { name: "tags", label: "Tags", hint: "One a line: key=value.", rows: 3, required: false }),
      section(
        "Console access",
        inputField(view, {
          name: "password",
          label: "Console password",
          hint: "Without one the user cannot sign in to the console.",
          type: "password",
          autocomplete: "new-password",
          required: false,
        }),
        mustChangeField(view),
      ),
      section("Permissions", await permissionFields(view)),
    ),
  async POST(view) {
    const Path = optionalField(view, "path");
    const Tags = tagsIn(view);
    const { User } = await view.call("CreateUser", {
      UserName: field(view, "userName"),
      ...(Path !== undefined && { Path }),
      ...(Tags.length > 0 && { Tags }),
    });
    const UserName = User!.UserName!;
    const outcomes: string[] = [];
    for (const { what, run } of stepsFor(UserName, view)) {
      // The user is there all the same, as in AWS's console.
      const refusal = await run().then(
        () => undefined,
        (cause: unknown) => errorSummary(cause).message,
      );
      outcomes.push(refusal === undefined ? `with ${what}` : `but without ${what}: ${refusal}`);
    }
    const said = ["has been created", ...outcomes].join(", ");
    return redirect(href`/console/users/${UserName}`, `The user ${UserName} ${said}${said.endsWith(".") ? "" : "."}`);
  },
};

async function permissionFields(view: SignedInView): Promise<Html> {
  const groups = await suggested(groupNames(view));
  return html`${tickField(view, {
      name: "selfManaged",
      label: "May manage their own MFA devices, password and access keys",
      hint: "By an inline policy, which denies everything else until the user has signed in with MFA.",
    })}
    <details>
      <summary>The policy ${SELF_MANAGEMENT_NAME}</summary>
      ${jsonBlock(`Policy ${SELF_MANAGEMENT_NAME}`, SELF_MANAGEMENT)}
    </details>
    ${
      groups.length > 0 &&
      html`<fieldset>
        <legend>User groups <span class="optional">(optional)</span></legend>
        ${groups.map((name, index) => groupTick(name, index, view))}
      </fieldset>`
    }
    ${inputField(view, {
      name: "policy",
      label: "Managed policy",
      hint: "Its name or ARN, such as ReadOnlyAccess. More of them can be attached on the user's page.",
      required: false,
    })}`;
}

const groupTick = (name: string, index: number, { form }: View): Html =>
  html`<div class="tick">
    <input
      ${attributes({
        type: "checkbox",
        name: "group",
        id: `group-${index}`,
        value: name,
        checked: form.getAll("group").includes(name),
      })}
    />
    <label for="group-${index}">${name}</label>
  </div>`;

interface Step {
  readonly what: string;
  readonly run: () => Promise<unknown>;
}

/** What is to be done for the user once it is there. */
function stepsFor(UserName: string, view: SignedInView): Step[] {
  const Password = optionalField(view, "password");
  const policy = optionalField(view, "policy")?.trim();
  return [
    ...(Password === undefined
      ? []
      : [
          {
            what: "a console password",
            run: () => view.call("CreateLoginProfile", { UserName, Password, PasswordResetRequired: mustChange(view) }),
          },
        ]),
    ...(view.form.has("selfManaged")
      ? [
          {
            what: `the policy ${SELF_MANAGEMENT_NAME}`,
            run: () =>
              view.call("PutUserPolicy", {
                UserName,
                PolicyName: SELF_MANAGEMENT_NAME,
                PolicyDocument: JSON.stringify(SELF_MANAGEMENT, null, 2),
              }),
          },
        ]
      : []),
    ...view.form.getAll("group").map((GroupName) => ({
      what: `the group ${GroupName}`,
      run: () => view.call("AddUserToGroup", { UserName, GroupName }),
    })),
    ...(policy === undefined
      ? []
      : [
          {
            what: `the policy ${policy}`,
            run: async () => view.call("AttachUserPolicy", { UserName, PolicyArn: await arnOfPolicy(policy, view) }),
          },
        ]),
  ];
}

/** The ARN of a policy whose name is given: the account's own or AWS's, wherever its path has it. */
async function arnOfPolicy(name: string, { call }: SignedInView): Promise<string> {
  if (name.startsWith("arn:")) return name;
  const policies = await all(async (paging) => {
    const { Policies, Marker } = await call("ListPolicies", paging);
    return { items: Policies, marker: Marker };
  });
  const found = policies.find(({ PolicyName }) => PolicyName!.toLowerCase() === name.toLowerCase());
  if (!found) throw new Refused(400, "There is no managed policy of that name.");
  return found.Arn!;
}

/** Lines of `key=value`; the value may have equals signs in it, and a line without any is a key with an empty value. */
const tagsIn = (view: View) =>
  linesIn(view, "tags").map((line) => {
    const [, Key = "", Value = ""] = /^([^=]*)=?(.*)$/.exec(line)!;
    return { Key: Key.trim(), Value: Value.trim() };
  });
