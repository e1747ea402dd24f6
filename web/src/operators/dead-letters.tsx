import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../icon";
import { formatTime } from "../text/time";
import type { Admin, DeadLetter } from "./api";
import { Card, Rows, Trouble } from "./parts";
import { usePoll } from "./poll";

/** What could not be served, the newest first: read it, put it back, or delete it. */
export function DeadLetters({ admin }: { admin: Admin }) {
  const [reason, setReason] = useState("");
  const [before, setBefore] = useState<string | undefined>(undefined);
  const [open, setOpen] = useState<DeadLetter | undefined>(undefined);
  const [note, setNote] = useState("");
  const [failed, setFailed] = useState<unknown>(undefined);
  const list = usePoll((signal) => admin.deadLetters(before, reason, signal), 15_000, `${before} ${reason}`);
  const act = async (what: () => Promise<unknown>, done: string) => {
    setNote("");
    setFailed(undefined);
    try {
      await what();
      setNote(done);
      list.again();
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <Card
      title="Dead letters"
      wide
      actions={
        <label class="control small select">
          Reason
          <input value={reason} onChange={(e) => setReason(e.currentTarget.value.trim())} />
        </label>
      }
    >
      <Trouble error={failed ?? list.error} />
      <p aria-live="polite" class="muted">
        {note}
      </p>
      <Rows
        caption="Dead letters"
        none="There are none."
        rows={list.value?.dead_letters ?? []}
        columns={[
          { head: "When", cell: (l) => formatTime(Date.parse(l.at), "UTC", "en") },
          { head: "Reason", cell: (l) => <span class="chip bad">{l.reason}</span> },
          { head: "Event", cell: (l) => l.event },
          { head: "Routing key", cell: (l) => <code>{l.routing_key}</code> },
          { head: "Error", cell: (l) => l.error },
          { head: "Attempts", number: true, cell: (l) => l.attempts },
          {
            head: "Actions",
            cell: (l) => (
              <span class="joined">
                <button
                  type="button"
                  class="control small"
                  aria-label={`Show ${l.id}`}
                  onClick={() => act(async () => setOpen(await admin.deadLetter(l.id)), "")}
                >
                  Show
                </button>
                <button
                  type="button"
                  class="control small"
                  aria-label={`Replay ${l.id}`}
                  onClick={() => act(() => admin.replay(l.id), `${l.id} is on its stream again.`)}
                >
                  Replay
                </button>
                <button
                  type="button"
                  class="control small"
                  aria-label={`Delete ${l.id}`}
                  onClick={() => confirm(`Delete dead letter ${l.id} for good?`) && act(() => admin.drop(l.id), `${l.id} is deleted.`)}
                >
                  Delete
                </button>
              </span>
            ),
          },
        ]}
      />
      <p class="pager">
        {before && (
          <button type="button" class="control small" onClick={() => setBefore(undefined)}>
            Newest
          </button>
        )}
        {list.value?.next && (
          <button type="button" class="control small" onClick={() => setBefore(list.value?.next)}>
            Older
          </button>
        )}
      </p>
      {open && <Letter letter={open} onClose={() => setOpen(undefined)} />}
    </Card>
  );
}

function Letter({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="details" aria-label={`Dead letter ${letter.id}`} onClose={onClose}>
      <header>
        <h2>Dead letter {letter.id}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts">
        {Object.entries(letter.fields ?? {}).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code class="payload">{value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
