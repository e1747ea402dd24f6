import { expect, test } from "vitest";
import { readView, type View, writeView } from "../src/model/view";

const read = (search: string, path = "/d/Page") => readView(path, search, "en");

test("what is written is read again", () => {
  const view: View = {
    page: "ResearchInsightsPage",
    product: "Dashboards",
    range: { from: "2002-09-01", to: "2002-10-01" },
    zone: "America/New_York",
    language: "ar",
    theme: "dark",
    compare: "prior_year",
    refresh: 30,
    filters: {
      channel: { kind: "in", values: ["a&b=c", "ü %00 <script>"] },
      sentiment: { kind: "not_in", values: ["negative"] },
      subject: { kind: "contains", values: ["cache"] },
      words: { kind: "range", from: "10", to: "200.5" },
      score: { kind: "range", from: "-1", to: "" },
    },
    parameters: { monitor_id: "7" },
    tenant: "1",
    widget: "volume",
  };
  const url = new URL(writeView(view, "en"), "http://x");
  expect(readView(url.pathname, url.search, "en")).toEqual(view);
});

test("a view as by default has a short address", () => {
  expect(writeView(read(""), "en")).toBe("/d/Page");
  expect(writeView(readView("/", "", "ar"), "ar")).toBe("/");
});

test.each([
  ["from=2002-09-31&to=2002-10-01", "a day that there is not"],
  ["from=2002-10-01&to=2002-09-01", "an end before the start"],
  ["from=2002-10-01&to=2002-10-01", "an empty range"],
  ["from=2002-10-01", "half a range"],
  ["range=forever", "an unknown preset"],
])("%s is no range: %s", (search) => {
  expect(read(search).range).toBeUndefined();
});

test.each(["tz=Mars/Olympus", "tz=<script>", "tz=", `tz=${"A".repeat(600)}`])("%s is no zone", (search) => {
  expect(read(search).zone).toBeUndefined();
});

test("what is not as it should be is not there", () => {
  const view = read("product=../etc&theme=pink&refresh=1&lang=xx&tenant=a%20b&widget=%3Cimg%3E&f.__proto__=x&f.a.b=x&f.constructor=y&p.x=1&p.x=2");
  expect(view).toMatchObject({ product: "", theme: "system", refresh: 0, language: "en", tenant: undefined, widget: undefined, parameters: { x: "1" } });
  expect(Object.entries(view.filters)).toEqual([["constructor", { kind: "in", values: ["y"] }]]);
});

test.each([
  ["compare=none", "none"],
  ["compare=off", "none"],
  ["compare=prior_year", "prior_year"],
  ["compare=later", undefined],
  ["", undefined],
])("%s compares with %s", (search, compare) => {
  expect(read(search).compare).toBe(compare);
});

test.each(["/d/a/b", "/d/%3Cscript%3E", "/d/%", "/other", "/d/"])("%s is no page", (path) => {
  expect(read("", path).page).toBeUndefined();
});

test("a filter holds at most a hundred values", () => {
  expect(read(Array.from({ length: 150 }, (_, i) => `f.a=${i}`).join("&")).filters.a).toMatchObject({ values: { length: 100 } });
});

test.each([
  ["f.n.from=1&f.n.to=5", { n: { kind: "range", from: "1", to: "5" } }],
  ["f.n.from=1e9&f.n.to=x", {}],
  ["f.n.from=1&f.n.from=2", { n: { kind: "range", from: "1", to: "" } }],
  ["f.n=1&f.n.not=2&f.n.from=3", { n: { kind: "in", values: ["1"] } }],
  ["f.n.like=1&f.n.not.has=2&f..not=3", {}],
])("%s reads as filters", (search, filters) => {
  expect(read(search).filters).toEqual(filters);
});
