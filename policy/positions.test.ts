import assert from "node:assert/strict";
import { statementPositions } from "./positions.ts";

describe("statementPositions", () => {
  const at = (line: number, column: number) => ({ line, column });
  const positions = (text: string) =>
    statementPositions(text).map(({ start, end }) => ({
      start: at(start.line, start.column),
      end: at(end.line, end.column),
    }));

  it("finds the statements of a compact list", () => {
    const first = '{"Effect":"Allow","Action":"*","Resource":"*"}';
    const text = `{"Version":"2012-10-17","Statement":[${first},${first}]}`;
    const end = 38 + first.length;
    assert.deepEqual(positions(text), [
      { start: at(1, 38), end: at(1, end) },
      { start: at(1, end), end: at(1, end + 1 + first.length) },
    ]);
  });

  it("finds the statements of an indented list", () => {
    const statement = '    {\n"Sid":\n"",\n"a":\n"b"\n    }';
    const text = `{\n  "Version": "2012-10-17",\n  "Statement": [\n${statement},\n${statement}]}`;
    assert.deepEqual(positions(text), [
      { start: at(3, 17), end: at(9, 6) },
      { start: at(9, 6), end: at(15, 6) },
    ]);
  });

  it("takes CR LF for one line break, and escapes for as long as they are written", () => {
    const text = '{"Statement":[\r\n{"Sid":"\\u0041"}\r\n]}';
    assert.deepEqual(positions(text), [{ start: at(1, 15), end: at(2, 17) }]);
  });

  it("finds a single statement without a list after its brace", () => {
    const text = '{"Version": "2012-10-17", "Statement": {"Effect":"Allow"}}';
    assert.deepEqual(positions(text), [{ start: at(1, 41), end: at(1, 58) }]);
  });

  it("finds nothing where there is no statement", () => {
    assert.deepEqual(positions('{"Version":"2012-10-17"}'), []);
  });
});
