/** An event's id is `EPOCH.MS-SEQ`. Ids of one epoch strictly increase; those of two cannot be compared. */
export interface Position {
  epoch: string;
  ms: bigint;
  seq: bigint;
}

export function parsePosition(id: string): Position | undefined {
  const match = /^(.*)\.(\d{1,20})-(\d{1,20})$/.exec(id);
  if (!match) return undefined;
  return { epoch: match[1] ?? "", ms: BigInt(match[2] ?? 0), seq: BigInt(match[3] ?? 0) };
}

/** Says whether an event was seen before: same epoch, and not behind the last one. */
export function seenBefore(id: string, last: string | undefined): boolean {
  if (last === undefined) return false;
  const a = parsePosition(id);
  const b = parsePosition(last);
  if (!a || !b || a.epoch !== b.epoch) return false;
  return a.ms < b.ms || (a.ms === b.ms && a.seq <= b.seq);
}
