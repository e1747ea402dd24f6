import { type Client, ProblemError } from "@go-dispatcher/client";
import { useState } from "preact/hooks";
import { messageOf } from "./model/answer";
import type { Say } from "./text/words";

/** Asks for a token and puts it into the session cookie. */
export function SignIn({ client, say, expired, onDone }: { client: Client; say: Say; expired: boolean; onDone: () => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  return (
    <main class="sign-in">
      <form
        onSubmit={async (e) => {
          e.preventDefault();
          setBusy(true);
          setProblem("");
          try {
            await client.login(token.trim());
            onDone();
          } catch (error) {
            setProblem(error instanceof ProblemError ? say("refused", { why: error.message }) : `${say("notReached")} ${messageOf(error)}`);
          } finally {
            setBusy(false);
          }
        }}
      >
        <h1>Dispatcher</h1>
        <p class="muted">{say(expired ? "expired" : "signInText")}</p>
        <label>
          {say("token")}
          <input
            type="password"
            autoComplete="off"
            autoFocus
            required
            value={token}
            onInput={(e) => setToken(e.currentTarget.value)}
            aria-invalid={problem !== ""}
          />
        </label>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="control primary" disabled={busy || token.trim() === ""}>
          {say("signIn")}
        </button>
      </form>
    </main>
  );
}
