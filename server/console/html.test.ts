import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
// Imported under another name, so that the formatter leaves the templates alone.
import { attributes, html as template } from "./html.ts";

const unescape = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("html", () => {
  it("escapes values in text and in attributes", () => {
    const name = `<img src=x onerror="alert('1')">&`;
    assert.equal(
      String(template`<p title="${name}">${name}</p>`),
      '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">' +
        "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>",
    );
  });

  it("lets markup pass, joins lists and leaves out what is not there", () => {
    const items = ["a", "<b>"].map((item) => template`<li>${item}</li>`);
    assert.equal(
      String(template`<ul>${items}</ul>${undefined}${null}${false}${0}`),
      "<ul><li>a</li><li>&lt;b&gt;</li></ul>0",
    );
  });

  it("refuses an attribute without quotes", () => {
    assert.throws(() => template`<input value=${"x"} />`, /an attribute without quotes/);
  });

  it("writes attributes that have a value, or are true", () => {
    const named = { name: "a", value: 'x" onfocus="y', required: true, hidden: false, id: undefined };
    assert.equal(
      String(template`<input ${attributes(named)}>`),
      '<input name="a" value="x&quot; onfocus=&quot;y" required>',
    );
  });

  it("keeps any value inside its element or attribute, and the same", () => {
    const dangerous = fc.string({ unit: fc.constantFrom(...Array.from("<>&\"'`=/ a;#\n\0")) });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), dangerous), (value) => {
        const shown = /^<p a="([^<>"]*)" b='([^<>']*)'>([^<>]*)<\/p>$/.exec(
          String(template`<p a="${value}" b='${value}'>${value}</p>`),
        );
        assert.ok(shown);
        for (const text of shown.slice(1)) {
          assert.equal(unescape(text), value);
          assert.doesNotMatch(text, /&(?!amp;|lt;|gt;|quot;|#39;)/);
        }
      }),
    );
  });
});
