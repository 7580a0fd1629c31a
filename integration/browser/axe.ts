import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

type AxeResults = Awaited<ReturnType<AxeBuilder["analyze"]>>;

/** Violations of the rules of axe, and where, in the light and in the dark. */
export async function violations(page: Page): Promise<string[]> {
  const inWords = (found: AxeResults) =>
    found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  const light = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ["violations"] })
    .analyze();
  // Only colours differ in the dark. The page has axe already.
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await page.evaluate<AxeResults>("axe.run({ runOnly: ['color-contrast'], resultTypes: ['violations'] })");
  await page.emulateMedia({ colorScheme: "light" });
  return [...inWords(light), ...inWords(dark).map((violation) => `dark: ${violation}`)];
}
