import { expect, test } from "vitest";
import { formatChange, formatNumber } from "../src/text/number";

test.each([
  [1240, { unit: "short" }, "1,240"],
  [0.18064, { unit: "percentunit" }, "18.1%"],
  [0.5, { unit: "percentunit", decimals: 0 }, "50%"],
  [4562, { unit: "s" }, "1 h 16 min"],
  [86_399.9, { unit: "s" }, "1 d"],
  [51_717, { unit: "s" }, "14 h 22 min"],
  [45, { unit: "min" }, "45 min"],
  [250, { unit: "ms" }, "250 ms"],
  [0, { unit: "s" }, "0 s"],
  [-90, { unit: "s" }, "−1 min 30 s"],
  [12.5, { unit: "suffix: kWh" }, "12.5 kWh"],
  [12.5, { unit: "currencyUSD", decimals: 2 }, "US$12.50"],
  [2048, { unit: "bytes" }, "2 KiB"],
  [1.23456, { decimals: 3 }, "1.235"],
  [null, {}, "–"],
  [Number.NaN, { noValue: "none" }, "none"],
])("%s with %j is %s", (value, config, text) => {
  expect(formatNumber(value, config, "en")).toBe(text);
});

test("Arabic has Arabic digits, whatever the region of the browser", () => {
  expect(formatNumber(1234.5, { decimals: 1 }, "ar")).toBe("١٬٢٣٤٫٥");
  expect(formatNumber(0.25, { unit: "percentunit", decimals: 0 }, "ar")).toBe("٢٥٪؜");
});

test("short numbers are compact from ten thousand on", () => {
  expect(formatNumber(9999, {}, "en", "short")).toBe("9,999");
  expect(formatNumber(1_630_000, {}, "en", "short")).toBe("1.6m");
  expect(formatNumber(51_717, { unit: "s" }, "en", "short")).toBe("14 h");
});

test("a change has its sign", () => {
  expect(formatChange(0.035, { unit: "percentunit" }, "en")).toBe("+3.5%");
  expect(formatChange(-12, {}, "en")).toBe("−12");
  expect(formatChange(0, {}, "en")).toBe("0");
});
