/**
 * How long to wait before the n-th try in a row (from 1): doubling from `base` to `longest`, of which a random half is taken away, so that
 * readers that lost one server do not all come back at the same moment.
 */
export function backoff(attempt: number, base: number, longest: number, random: () => number = Math.random): number {
  const full = Math.min(longest, base * 2 ** Math.min(attempt - 1, 20));
  return full / 2 + (full / 2) * random();
}

/** Waits, or until the signal aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
