/** A problem object (RFC 9457). `code` is what programs look at, `detail` what people read. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code: string;
  errors?: { pointer: string; detail: string }[];
}

/** An answer that refuses. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  constructor(
    readonly problem: Problem,
    /** Seconds that the server asks to wait, where it does. */
    readonly retryAfter?: number,
  ) {
    super(problem.detail || problem.title || problem.code);
  }
  get status(): number {
    return this.problem.status;
  }
  get code(): string {
    return this.problem.code;
  }
}

/** Makes an error of an answer that is not a success, whatever stands before the server. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const retry = Number(response.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(retry) && retry > 0 ? retry : undefined;
  const base = { status: response.status, code: `http_${response.status}`, title: response.statusText };
  try {
    const body: unknown = JSON.parse(await response.text());
    if (typeof body === "object" && body !== null) return new ProblemError({ ...base, ...body, status: response.status }, retryAfter);
  } catch {
    // A proxy's page of HTML: the status is what there is.
  }
  return new ProblemError(base, retryAfter);
}
