/** A zip archive of stored files: all that a workbook needs. */
export function zip(files: { name: string; text: string }[]): Blob {
  const encoder = new TextEncoder();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const file of files) {
    const name = encoder.encode(file.name);
    const body = encoder.encode(file.text);
    const head = entry(crc32(body), body.length, name.length);
    const local = bytes([0x04034b50, 4], ...head);
    parts.push(local, name, body);
    directory.push(bytes([0x02014b50, 4], [20, 2], ...head, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name);
    offset += local.length + name.length + body.length;
  }
  const size = directory.reduce((sum, d) => sum + d.length, 0);
  const end = bytes([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

type Number = [value: number, bytes: 2 | 4];

/** Version, UTF-8 names, stored, 1980-01-01, checksum, both sizes, length of the name, no extra. */
function entry(crc: number, size: number, name: number): Number[] {
  return [
    [20, 2],
    [0x0800, 2],
    [0, 2],
    [0, 2],
    [0x21, 2],
    [crc, 4],
    [size, 4],
    [size, 4],
    [name, 2],
    [0, 2],
  ];
}

function bytes(...numbers: Number[]): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(numbers.reduce((sum, n) => sum + n[1], 0)));
  let at = 0;
  for (const [value, length] of numbers) {
    if (length === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += length;
  }
  return new Uint8Array(out.buffer);
}

function crc32(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
