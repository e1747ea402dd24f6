import { ProblemError } from "@go-dispatcher/client";
import { useEffect, useState } from "preact/hooks";

export interface Polled<T> {
  value: T | undefined;
  error: unknown;
  again: () => void;
}

/** Asks now and every so many milliseconds, one question at a time, and not while nobody looks. */
export function usePoll<T>(ask: (signal: AbortSignal) => Promise<T>, every: number, key = ""): Polled<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: undefined });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
      if (document.visibilityState === "visible") {
        try {
          const value = await ask(gone.signal);
          if (!gone.signal.aborted) setState({ value, error: undefined });
        } catch (error) {
          if (!gone.signal.aborted) setState((old) => ({ value: old.value, error }));
          // What the server does not have, it will not have in a moment.
          if (error instanceof ProblemError && error.status === 404) return;
        }
      }
      if (!gone.signal.aborted) timer = setTimeout(round, every);
    };
    void round();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [turn, key]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}
