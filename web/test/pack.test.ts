import { expect, test } from "vitest";
import { pack } from "../src/layout/pack";

const kinds = ["stat", "stat", "timeseries", "stat", "breakdown", "breakdown", "breakdown", "breakdown", "heatmap", "feed", "table", "unheard_of"];
const items = Array.from({ length: 40 }, (_, i) => ({ id: `w${i}`, kind: kinds[i % kinds.length]! }));

test.each([320, 500, 800, 1200, 1600, 2600])("at %i pixels each row is full and each widget is there once", (width) => {
  for (let n = 1; n <= items.length; n++) {
    const rows = pack(items.slice(0, n), width);
    for (const row of rows) expect(row.cells.reduce((sum, c) => sum + c.span, 0)).toBe(60);
    expect(rows.flatMap((r) => r.cells.map((c) => c.id)).sort()).toEqual(
      items
        .slice(0, n)
        .map((i) => i.id)
        .sort(),
    );
  }
});

test("numbers come first, the others keep their order", () => {
  const order = pack(items, 1200).flatMap((r) => r.cells.map((c) => c.id));
  const kind = (id: string) => items.find((i) => i.id === id)!.kind;
  const first = order.findIndex((id) => kind(id) !== "stat");
  expect(order.slice(first).every((id) => kind(id) !== "stat")).toBe(true);
  const rest = order.slice(first).map((id) => items.findIndex((i) => i.id === id));
  expect(rest).toEqual([...rest].sort((a, b) => a - b));
});
