import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv } from "../src/export/csv";
import { fileName } from "../src/export/download";
import { xlsx } from "../src/export/xlsx";
import { frame } from "./frames";

test("a series as CSV", () => {
  expect(csv(frame("timeseries_split_compared")).split("\r\n").slice(0, 2)).toEqual([
    "\ufefftime,Cairo,Cairo (previous),Giza,Giza (previous)",
    "2026-03-01T00:00:00.000Z,9,0,0,0",
  ]);
});

test("texts of CSV are quoted, and are never formulas", () => {
  const data = frame("breakdown_other");
  data.data.values[0] = ['a,"b"', "=HYPERLINK(1)", "x\ny"];
  const text = csv(data);
  expect(text).toContain('"a,""b""",9');
  expect(text).toContain("'=HYPERLINK(1),3");
  expect(text).toContain('"x\ny",2');
});

test("a workbook is an archive that another program reads", async () => {
  const data = frame("breakdown_other");
  data.data.values[0] = ["<b>&\u0000\ud800", "=1+1", "قطط"];
  const file = join(mkdtempSync(join(tmpdir(), "xlsx-")), "book.xlsx");
  writeFileSync(file, Buffer.from(await xlsx(data, "a/b:c?", "ar").arrayBuffer()));
  const read = `import zipfile,sys,xml.dom.minidom as m
z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
[m.parseString(z.read(n)) for n in z.namelist()]
print(z.read("xl/worksheets/sheet1.xml").decode()); print(z.read("xl/workbook.xml").decode())`;
  const text = execFileSync("python3", ["-c", read, file], { encoding: "utf8" });
  expect(text).toContain(">&lt;b&gt;&amp;</t>");
  expect(text).toContain(">=1+1</t>");
  expect(text).toContain("<v>9</v>");
  expect(text).toContain('rightToLeft="1"');
  expect(text).toContain('name="a b c "');
});

test.each([
  ["Posts over time", "Posts over time"],
  ["../../etc/passwd", ".. .. etc passwd"],
  ["a\u202egnp.exe", "a gnp.exe"],
  ["  ", "widget"],
])("%j is the file %j", (title, name) => {
  expect(fileName(title)).toBe(name);
});
