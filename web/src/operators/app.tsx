import { Client, ProblemError } from "@go-dispatcher/client";
import { useEffect, useMemo, useState } from "preact/hooks";
import { LineChart } from "../chart/line";
import { Surrounding, type Surroundings } from "../context";
import { SignIn } from "../sign-in";
import { formatNumber } from "../text/number";
import { formatAge, formatTime } from "../text/time";
import { sayIn } from "../text/words";
import { Admin, type Overview } from "./api";
import { DeadLetters } from "./dead-letters";
import { frameOf, keep, type Sample } from "./history";
import { Card, Figure, Rows, Trouble } from "./parts";
import { usePoll } from "./poll";
import { LatencyOfRequests, RecentRequests } from "./requests";
import { Revocations } from "./revocations";

const seconds = (n: number) => formatNumber(n, { unit: "s" }, "en");
const number = (n: number | null | undefined, decimals?: number) => formatNumber(n, decimals === undefined ? {} : { decimals }, "en");

/** The operators' page: how a deployment does, from the admin API on the same listener. In English, as the command line is. */
export function Operations() {
  const client = useMemo(() => new Client(), []);
  const admin = useMemo(() => new Admin(), []);
  const say = useMemo(() => sayIn("en"), []);
  const [signIn, setSignIn] = useState(false);
  const [history, setHistory] = useState<Sample[]>([]);
  const overview = usePoll(admin.overview, 5_000);
  useEffect(() => {
    const { value, error } = overview;
    if (error instanceof ProblemError && error.status === 401) setSignIn(true);
    if (value) setHistory((old) => keep(old, value));
  }, [overview.value, overview.error]);
  const surroundings: Surroundings = { client, language: "en", say, rtl: false, zone: "UTC", compare: false };
  if (signIn) {
    return (
      <SignIn
        client={client}
        say={say}
        expired={false}
        onDone={() => {
          setSignIn(false);
          overview.again();
        }}
      />
    );
  }
  const state = overview.value;
  return (
    <Surrounding.Provider value={surroundings}>
      <main class="operations">
        <header class="toolbar">
          <div class="toolbar-title">
            <h1>Operations</h1>
            {state && <p class="muted freshness">{formatTime(Date.parse(state.at), "UTC", "en")} UTC</p>}
          </div>
          {state && <PauseButton admin={admin} overview={state} again={overview.again} />}
        </header>
        <Trouble error={overview.error} />
        {state && <Figures overview={state} />}
        <div class="cards">
          <Card title="Backlog">
            <LineChart
              data={frameOf(history, [
                { name: "waiting", label: "Waiting" },
                { name: "running", label: "Running" },
              ])}
              label="Backlog"
            />
          </Card>
          <Card title="Requests a second">
            <LineChart
              data={frameOf(history, [
                { name: "submitted", label: "Submitted" },
                { name: "finished", label: "Finished" },
              ])}
              label="Requests a second"
            />
          </Card>
          <Card title="Classes" wide>
            <Rows
              caption="Classes"
              none="…"
              rows={state?.classes ?? []}
              columns={[
                { head: "Class", cell: (c) => c.name },
                { head: "Stream", cell: (c) => <code>{c.stream}</code> },
                { head: "Waiting", number: true, cell: (c) => number(c.waiting) },
                { head: "Running", number: true, cell: (c) => number(c.running) },
                { head: "Put off", number: true, cell: (c) => number(c.put_off) },
                { head: "Oldest", number: true, cell: (c) => seconds(c.oldest_seconds) },
                { head: "Consumers", number: true, cell: (c) => number(c.consumers) },
                { head: "Group", cell: (c) => (c.group_exists ? "is there" : <span class="chip bad">missing</span>) },
              ]}
            />
          </Card>
          <LatencyOfRequests admin={admin} />
          <Consumers admin={admin} />
          <Sources admin={admin} />
          <PendingEntries admin={admin} classes={state?.classes.map((c) => c.name) ?? []} />
          <RecentRequests admin={admin} />
          <DeadLetters admin={admin} />
          <Revocations admin={admin} />
        </div>
      </main>
    </Surrounding.Provider>
  );
}

function Figures({ overview }: { overview: Overview }) {
  const sum = (of: (c: Overview["classes"][number]) => number) => overview.classes.reduce((n, c) => n + of(c), 0);
  const consumers = Math.max(0, ...overview.classes.map((c) => c.consumers));
  const oldest = Math.max(0, ...overview.classes.map((c) => c.oldest_seconds));
  const known = overview.classes.every((c) => c.waiting !== null);
  return (
    <div class="figures">
      <Figure name="Waiting" value={known ? number(sum((c) => c.waiting ?? 0)) : "–"} note={`oldest ${seconds(oldest)}`} />
      <Figure name="Running" value={number(sum((c) => c.running))} note={`${number(sum((c) => c.put_off))} put off`} />
      <Figure
        name="Finished a second"
        value={number(overview.rates?.finished_per_second, 1)}
        note={overview.rates ? `over ${seconds(overview.rates.over_seconds)}` : "not counted"}
      />
      <Figure name="Consumers" value={number(consumers)} tone={consumers === 0 ? "problem" : ""} />
      <Figure name="Dead letters" value={number(overview.dead_letters)} tone={overview.dead_letters > 0 ? "problem" : ""} />
    </div>
  );
}

function PauseButton({ admin, overview, again }: { admin: Admin; overview: Overview; again: () => void }) {
  const [failed, setFailed] = useState<unknown>(undefined);
  const act = (what: Promise<unknown>) => what.then(again, setFailed);
  return (
    <div class="controls">
      <Trouble error={failed} />
      {overview.paused ? (
        <>
          <span class="flag warn">Paused{overview.paused.why ? `: ${overview.paused.why}` : ""}</span>
          <button type="button" class="control primary" onClick={() => act(admin.resume())}>
            Resume
          </button>
        </>
      ) : (
        <button
          type="button"
          class="control"
          onClick={() => {
            const why = prompt("Consumers will read nothing more; what runs goes on. Why?");
            if (why !== null) act(admin.pause(why));
          }}
        >
          Pause
        </button>
      )}
    </div>
  );
}

function Consumers({ admin }: { admin: Admin }) {
  const { value, error } = usePoll(admin.consumers, 5_000);
  return (
    <Card title="Consumers">
      <Trouble error={error} />
      <Rows
        caption="Consumers"
        none="Nobody serves."
        rows={value ?? []}
        columns={[
          { head: "Name", cell: (c) => <code>{c.name}</code> },
          { head: "Class", cell: (c) => c.class },
          { head: "Running", number: true, cell: (c) => number(c.running) },
          { head: "Heartbeat", number: true, cell: (c) => (c.heartbeat_seconds === null ? "none" : formatAge(c.heartbeat_seconds, "en")) },
        ]}
      />
    </Card>
  );
}

function Sources({ admin }: { admin: Admin }) {
  const { value, error } = usePoll(admin.sources, 15_000);
  return (
    <Card title="Sources">
      <Trouble error={error} />
      <Rows
        caption="Sources"
        none="The catalog has none."
        rows={value ?? []}
        columns={[
          { head: "Name", cell: (s) => s.name },
          {
            head: "State",
            cell: (s) => <span class={`chip ${s.status === "up" ? "good" : s.status === "down" ? "bad" : ""}`}>{s.status.replaceAll("_", " ")}</span>,
          },
          { head: "Why", cell: (s) => s.error ?? "" },
        ]}
      />
    </Card>
  );
}

function PendingEntries({ admin, classes }: { admin: Admin; classes: string[] }) {
  const [name, setName] = useState("interactive");
  const { value, error } = usePoll((signal) => admin.pending(name, signal), 5_000, name);
  return (
    <Card
      title="Handed out, the oldest first"
      wide
      actions={
        <select aria-label="Class" value={name} onChange={(e) => setName(e.currentTarget.value)}>
          {(classes.length > 0 ? classes : [name]).map((c) => (
            <option key={c}>{c}</option>
          ))}
        </select>
      }
    >
      <Trouble error={error} />
      <Rows
        caption="Handed out"
        none="Nothing runs."
        rows={value?.entries ?? []}
        columns={[
          { head: "Entry", cell: (e) => <code>{e.id}</code> },
          { head: "Consumer", cell: (e) => <code>{e.consumer}</code> },
          { head: "Age", number: true, cell: (e) => seconds(e.age_seconds) },
          { head: "Not renewed for", number: true, cell: (e) => seconds(e.idle_seconds) },
          { head: "Deliveries", number: true, cell: (e) => number(e.deliveries) },
        ]}
      />
    </Card>
  );
}
