import { expect, test } from "vitest";
import { seenBefore } from "../src/position.js";

test.each([
  ["e.5-0", undefined, false],
  ["e.5-0", "e.5-0", true],
  ["e.5-0", "e.5-1", true],
  ["e.5-2", "e.5-1", false],
  ["e.10-0", "e.9-9", false],
  ["e.9-9", "e.10-0", true],
  ["f.1-0", "e.5-0", false],
  ["a.b.1-0", "a.b.1-0", true],
  ["e.18446744073709551615-1", "e.18446744073709551614-9", false],
  ["odd", "e.5-0", false],
])("%s after %s was seen: %s", (id, last, seen) => {
  expect(seenBefore(id, last)).toBe(seen);
});
