import { CreateLoginProfileCommand } from "@aws-sdk/client-iam";
import supertest from "supertest";
import type { Emulator } from "../emulator.ts";
import { createUser, type Statement, type TestUser } from "../fixtures.ts";

type Answer = supertest.Response;

/** A browser without scripts: it keeps cookies, and submits forms with their hidden fields. */
export interface Browser {
  get(path: string): Promise<Answer>;
  /** Sends only these fields, without loading the page first. */
  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
  /**
   * Fills in and submits the form of the page at `path`. Returns the immediate answer: a redirect or a page. `form`
   * selects a form by its hidden field `do` or its action; by default it is the first of the content.
   */
  submit(path: string, fields: Readonly<Record<string, string>>, form?: string): Promise<Answer>;
  /** Like `submit`, and follows the redirect. */
  submitAndFollow(path: string, fields: Readonly<Record<string, string>>, form?: string): Promise<Answer>;
}

/** A browser that opens the console at the emulator's own address, or at another one; or that sends another Host. */
export function browser(
  emu: { readonly server: Pick<Emulator["server"], "endpoint"> },
  origin = emu.server.endpoint,
  host = new URL(origin).host,
): Browser {
  const agent = supertest.agent(origin).set("Host", host);
  const get = async (path: string) => agent.get(path);
  const post = async (path: string, fields: Readonly<Record<string, string>>) =>
    agent.post(path).type("form").send(fields);
  const submit: Browser["submit"] = async (path, fields, form) => {
    const found = formOf((await get(path)).text, form);
    if (!found) throw new Error(`there is no form ${form ?? ""} at ${path}`);
    return post(found.action ?? path, { ...found.hidden, ...fields });
  };
  return {
    get,
    post,
    submit,
    async submitAndFollow(path, fields, form) {
      let answer = await submit(path, fields, form);
      for (let hops = 0; answer.status === 303 && hops < 5; hops++) answer = await get(answer.headers["location"]!);
      return answer;
    },
  };
}

interface Form {
  readonly action: string | undefined;
  readonly hidden: Readonly<Record<string, string>>;
}

/** A form in the content of a page, without the surrounding ones such as "Sign out". */
export function formOf(page: string, wanted?: string): Form | undefined {
  const content = wanted?.startsWith("/") ? page : (/<main[^]*<\/main>/.exec(page)?.[0] ?? "");
  const forms = [...content.matchAll(/<form\s+method="post"([^>]*)>([^]*?)<\/form>/g)].map(
    ([, attributes, inside]) => ({
      action: /action="([^"]*)"/.exec(attributes!)?.[1],
      hidden: Object.fromEntries(
        [...inside!.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)" \/>/g)].map(([, name, value]) => [
          name!,
          decode(value!),
        ]),
      ),
    }),
  );
  return wanted === undefined
    ? forms[0]
    : forms.find(({ action, hidden }) => hidden["do"] === wanted || action === wanted);
}

/** Markup decoded to text. */
export const decode = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** The link to the explanation of a refusal. */
const WHY =
  /<p>\s*<a href="\/console\/emulator\/trail\/([0-9a-f-]{36})#why">Why was this refused\?<span class="unseen"> Request \1<\/span><\/a>\s*<\/p>/;

/** What a page says in words: the error, the id of the request that its link explains, the notice, the heading. */
export const said = ({ text }: Pick<Answer, "text">) => ({
  error: words(/<div class="error" role="alert">([^]*?)<\/div>/.exec(text)?.[1]?.replace(WHY, "")),
  refusedRequest: WHY.exec(text)?.[1],
  notice: words(/<p class="notice" role="status">([^]*?)<\/p>/.exec(text)?.[1]),
  heading: words(/<h1[^>]*>([^]*?)<\/h1>/.exec(text)?.[1]),
});

const words = (markup: string | undefined): string | undefined =>
  markup === undefined
    ? undefined
    : decode(
        markup
          .replace(/<[^>]*>/g, " ")
          .replace(/\s+/g, " ")
          .trim(),
      );

/** The values in a page's lists, by name. */
export const factsOf = ({ text }: Pick<Answer, "text">): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>([^]*?)<\/dd>/g)].map(([, name, shown]) => [
      textOf(name!),
      textOf(shown!),
    ]),
  );

/** The cells of a page's tables, row by row. */
export const rowsOf = ({ text }: Pick<Answer, "text">): string[][] =>
  [...text.matchAll(/<tr>\s*<th scope="row">([^]*?)<\/tr>/g)].map(([, row]) => row!.split(/<td[^>]*>/).map(textOf));

const textOf = (markup: string): string =>
  decode(
    markup
      .replace(/<[^>]*>/g, "")
      .replace(/\s+/g, " ")
      .trim(),
  );

export const PASSWORD = "Correct horse 1";

/** A user with a password for the console. */
export async function consoleUser(
  emu: Emulator,
  name: string,
  {
    statements,
    resetRequired = false,
  }: { readonly statements?: readonly Statement[]; readonly resetRequired?: boolean } = {},
): Promise<TestUser> {
  const user = await createUser(emu, name, statements ? { statements } : {});
  await emu
    .iam()
    .send(new CreateLoginProfileCommand({ UserName: name, Password: PASSWORD, PasswordResetRequired: resetRequired }));
  return user;
}

/** Signs in as this user with the password, and returns the next page: the console's first, or the next step. */
export const signIn = (visitor: Browser, userName: string, password = PASSWORD): Promise<Answer> =>
  visitor.submitAndFollow("/console/sign-in", { account: "000000000000", userName, password });

/** Signs in as root of the default account. */
export const signInAsRoot = (visitor: Browser, emu: Emulator): Promise<Answer> =>
  visitor.submitAndFollow("/console/sign-in/root", emu.server.rootSignIn);
