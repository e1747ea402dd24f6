import { expect, test } from "vitest";
import { Parser } from "../src/parse.js";

const text = ':\r\nid: e.1-0\r\nevent: widget\r\ndata: {"a":\r\ndata: 1}\r\n\r\nretry: 1500\nevent: x\n\ndata:two\rdata\r\rid: e.2-0\ndata: ü\n\n';
const frames = [
  { event: "widget", data: '{"a":\n1}', id: "e.1-0" },
  { event: "message", data: "two\n", id: undefined },
  { event: "message", data: "ü", id: "e.2-0" },
];

test("frames are the same however the text is cut", () => {
  for (let size = 1; size <= text.length; size++) {
    const parser = new Parser();
    const got = [];
    for (let i = 0; i < text.length; i += size) got.push(...parser.push(text.slice(i, i + size)));
    expect(got, `in pieces of ${size}`).toEqual(frames);
    expect(parser.retry).toBe(1500);
  }
});

test("a byte order mark at the beginning is no part of the first line", () => {
  expect(new Parser().push("\ufeffdata: 1\n\n")).toEqual([{ event: "message", data: "1", id: undefined }]);
});

test("what is not ended is not a frame", () => {
  expect(new Parser().push("data: 1\n")).toEqual([]);
});

test("an id with a null is none", () => {
  expect(new Parser().push("id: a\0b\ndata: 1\n\n")).toEqual([{ event: "message", data: "1", id: undefined }]);
});
