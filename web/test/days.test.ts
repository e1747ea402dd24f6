import { expect, test } from "vitest";
import { addDays, countDays, dayIn, daysOf, isDay, type Preset, shift } from "../src/model/days";

test.each([
  ["today", "2024-03-01", "2024-03-02"],
  ["yesterday", "2024-02-29", "2024-03-01"],
  ["7d", "2024-02-24", "2024-03-02"],
  ["month", "2024-03-01", "2024-03-02"],
  ["last-month", "2024-02-01", "2024-03-01"],
  ["year", "2024-01-01", "2024-03-02"],
])("on 2024-03-01 %s is %s to %s", (preset, from, to) => {
  expect(daysOf(preset as Preset, "2024-03-01")).toEqual({ from, to });
});

test("days are those of the zone", () => {
  const instant = Date.parse("2024-03-10T23:30:00Z");
  expect(dayIn("UTC", instant)).toBe("2024-03-10");
  expect(dayIn("Asia/Riyadh", instant)).toBe("2024-03-11");
  expect(dayIn("America/New_York", instant)).toBe("2024-03-10");
});

test("days are counted across a change of clocks and a leap day", () => {
  expect(countDays("2024-02-28", "2024-03-31")).toBe(32);
  expect(addDays("2024-02-28", 2)).toBe("2024-03-01");
  expect(shift({ from: "2024-03-01", to: "2024-03-31" }, -1)).toEqual({ from: "2024-01-31", to: "2024-03-01" });
});

test.each(["2023-02-29", "2024-13-01", "24-01-01", "2024-1-1", ""])("%s is no day", (day) => {
  expect(isDay(day)).toBe(false);
});
