import { useState } from "preact/hooks";
import { formatTime } from "../text/time";
import type { Admin, Revocation } from "./api";
import { Card, Rows, Trouble } from "./parts";
import { usePoll } from "./poll";

const fields = [
  ["token_id", "Token id (jti)"],
  ["subject", "Subject"],
  ["tenant", "Tenant"],
  ["why", "Why"],
] as const;

/** Tokens that end before their time: which did, and the form that ends more of them. */
export function Revocations({ admin }: { admin: Admin }) {
  const list = usePoll(admin.revocations, 15_000);
  const [said, setSaid] = useState<Record<string, string>>({});
  const [note, setNote] = useState("");
  const [failed, setFailed] = useState<unknown>(undefined);
  const named = fields.slice(0, 3).some(([name]) => said[name]?.trim());
  const revoke = async () => {
    setNote("");
    setFailed(undefined);
    try {
      const made = await admin.revoke(Object.fromEntries(Object.entries(said).map(([name, text]) => [name, text.trim()])));
      setSaid({});
      setNote(`Revoked: ${whose(made)}.`);
      list.again();
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <Card title="Revoked tokens" wide>
      <form
        class="inline-form"
        onSubmit={(e) => {
          e.preventDefault();
          if (confirm("All tokens that have what is named end now, on every gateway, for good. Revoke them?")) void revoke();
        }}
      >
        {fields.map(([name, label]) => (
          <label key={name} class="control small select">
            {label}
            <input value={said[name] ?? ""} onInput={(e) => setSaid({ ...said, [name]: e.currentTarget.value })} />
          </label>
        ))}
        <button type="submit" class="control small" disabled={!named}>
          Revoke
        </button>
      </form>
      <Trouble error={failed ?? list.error} />
      <p aria-live="polite" class="muted">
        {note}
      </p>
      <Rows
        caption="Revoked tokens"
        none="There are none."
        rows={list.value ?? []}
        columns={[
          { head: "When", cell: (r) => formatTime(Date.parse(r.at), "UTC", "en") },
          { head: "Tokens", cell: whose },
          { head: "Until", cell: (r) => formatTime(Date.parse(r.expires_at), "UTC", "en") },
          { head: "By", cell: (r) => r.by },
          { head: "Why", cell: (r) => r.why },
        ]}
      />
    </Card>
  );
}

function whose(r: Revocation): string {
  const parts = [r.token_id && `token ${r.token_id}`, r.subject && `subject ${r.subject}`, r.tenant && `tenant ${r.tenant}`];
  if (!r.token_id) parts.push(`issued before ${formatTime(Date.parse(r.issued_before), "UTC", "en")}`);
  return parts.filter(Boolean).join(", ");
}
