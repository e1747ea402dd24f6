/** A row of a page: its widgets with their width in sixtieths of the page, and one height for all of them. */
export interface Row {
  height: number;
  cells: { id: string; span: number }[];
}

export interface Item {
  id: string;
  kind: string;
}

const whole = 60;

/** How much room a kind wants, in sixths of a desktop's width, and how high it is in pixels. */
const sizes: Record<string, { weight: number; height: number }> = {
  timeseries: { weight: 3, height: 320 },
  breakdown: { weight: 2, height: 384 },
  histogram: { weight: 3, height: 320 },
  heatmap: { weight: 3, height: 320 },
  alert: { weight: 3, height: 384 },
  trend: { weight: 3, height: 420 },
  keyness: { weight: 3, height: 420 },
  table: { weight: 6, height: 480 },
  feed: { weight: 6, height: 560 },
  tree: { weight: 6, height: 520 },
};
const other = { weight: 3, height: 384 };
const figure = 148;

/**
 * Puts widgets into full rows, in their order; numbers come first. Heights are known before any data is there, so that nothing moves when it
 * comes.
 */
export function pack(items: Item[], width: number): Row[] {
  const stats = items.filter((i) => i.kind === "stat");
  const rest = items.filter((i) => i.kind !== "stat");
  return [...numbers(stats, width), ...others(rest, width)];
}

function numbers(stats: Item[], width: number): Row[] {
  const most = width < 360 ? 1 : width < 640 ? 2 : width < 1000 ? 3 : width < 1400 ? 4 : width < 1900 ? 5 : 6;
  const rows = Math.ceil(stats.length / most);
  const out: Row[] = [];
  for (let row = 0, at = 0; row < rows; row++) {
    const count = Math.ceil((stats.length - at) / (rows - row));
    out.push({ height: figure, cells: stats.slice(at, at + count).map((s) => ({ id: s.id, span: whole / count })) });
    at += count;
  }
  return out;
}

function others(items: Item[], width: number): Row[] {
  const room = width < 700 ? 1 : width < 1080 ? 4 : width < 1900 ? 6 : 9;
  const rows: Item[][] = [];
  let sum = 0;
  for (const item of items) {
    const weight = Math.min(room, sizeOf(item).weight);
    const last = rows.at(-1);
    if (last && sum + weight <= room) {
      last.push(item);
      sum += weight;
    } else {
      rows.push([item]);
      sum = weight;
    }
  }
  balance(rows);
  return rows.map((row) => {
    const weights = row.map((i) => sizeOf(i).weight);
    const total = weights.reduce((a, b) => a + b, 0);
    let left = whole;
    const cells = row.map((item, i) => {
      const span = i === row.length - 1 ? left : Math.round((whole * weights[i]!) / total);
      left -= span;
      return { id: item.id, span };
    });
    return { height: Math.max(...row.map((i) => sizeOf(i).height)), cells };
  });
}

/** Gives a small widget that stands alone a neighbor from the row before. */
function balance(rows: Item[][]): void {
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i]!;
    const before = rows[i - 1]!;
    if (row.length === 1 && before.length >= 3 && sizeOf(row[0]!).weight < 6) row.unshift(before.pop()!);
  }
}

const sizeOf = (item: Item) => sizes[item.kind] ?? other;
