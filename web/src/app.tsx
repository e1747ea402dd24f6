import { Client, type PageInfo, type PageSummary, ProblemError, type Session } from "@go-dispatcher/client";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Surrounding, type Surroundings } from "./context";
import { Parameters } from "./controls/parameters";
import { Sidebar } from "./controls/sidebar";
import { Toolbar } from "./controls/toolbar";
import { Icon } from "./icon";
import { Answer, messageOf } from "./model/answer";
import { makeReport } from "./model/report";
import { missing, requestOf, zoneOf } from "./model/request";
import { Router } from "./model/router";
import { type View, writeView } from "./model/view";
import { Page, Progress } from "./page";
import { SignIn } from "./sign-in";
import { directionOf } from "./text/language";
import { sayIn } from "./text/words";

type Door = "checking" | "open" | "closed" | "expired";

/** The dashboard: who asks, which page, and its widgets. */
export function App() {
  const client = useMemo(() => new Client(), []);
  const router = useMemo(() => new Router(), []);
  const answer = useMemo(() => new Answer(client), [client]);
  const door = useSignal<Door>("checking");
  const session = useSignal<Session | undefined>(undefined);
  const pages = useSignal<PageSummary[] | undefined>(undefined);
  const page = useSignal<PageInfo | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const note = useSignal<{ text: string; href?: string } | undefined>(undefined);
  const menu = useSignal(false);
  const again = useSignal(0);
  const view = router.view.value;
  const { language } = view;
  const say = useMemo(() => sayIn(language), [language]);
  const change = (c: Partial<View>) => router.change(c);

  const fail = (error: unknown) => {
    if (error instanceof ProblemError && error.status === 401) door.value = session.value ? "expired" : "closed";
    else problem.value = error;
  };
  const enter = async () => {
    try {
      session.value = await client.session();
      // Where nobody signs in, the tenant is what the address says; the product's own data is that of tenant 1.
      if (session.value.trusted && !router.view.value.tenant) router.change({ tenant: "1" }, "replace");
      door.value = "open";
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) door.value = "closed";
      else {
        door.value = "open";
        problem.value = error;
      }
    }
  };
  useEffect(() => {
    void enter();
    return () => answer.stop();
  }, []);

  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = directionOf(language);
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.theme = view.theme;
  }, [view.theme]);

  useEffect(() => {
    if (door.value !== "open") return;
    client.pages({ language }).then((list) => (pages.value = list), fail);
  }, [door.value, language]);

  useEffect(() => {
    if (door.value !== "open") return;
    if (!view.page) {
      const first = pages.value?.find((p) => p.id === "ResearchInsightsPage" && !p.product) ?? pages.value?.[0];
      if (first) router.change({ page: first.id, product: first.product ?? "" }, "replace");
      return;
    }
    let gone = false;
    client.page(view.page, { language, ...(view.product ? { product: view.product } : {}) }).then(
      (info) => {
        if (gone) return;
        problem.value = undefined;
        page.value = info;
      },
      (error) => {
        if (gone) return;
        page.value = undefined;
        fail(error);
      },
    );
    return () => {
      gone = true;
    };
    // Which pages there are matters where none is asked alone: a page that is read again would be asked again, too.
  }, [door.value, view.page, view.product, language, !view.page && pages.value === undefined]);

  const info = page.value?.id === view.page && (page.value?.product ?? "") === view.product ? page.value : undefined;
  const wanted = info && missing(view, info).length === 0 ? JSON.stringify(asked(view)) : undefined;
  useEffect(() => {
    if (!info || wanted === undefined) return;
    document.title = `${info.title} · Dispatcher`;
    void answer.ask(
      requestOf(view, info, Date.now()),
      info.widgets.map((w) => w.id),
      view.refresh,
      true,
    );
  }, [info, wanted, again.value]);
  useEffect(() => {
    if (answer.problem.value !== undefined) fail(answer.problem.value);
  }, [answer.problem.value]);

  const surroundings: Surroundings = {
    client,
    language,
    say,
    rtl: directionOf(language) === "rtl",
    zone: zoneOf(view, info),
    compare: view.compare !== "none",
  };
  if (door.value === "checking") return <div class="blank" aria-busy="true" />;
  if (door.value !== "open") return <SignIn client={client} say={say} expired={door.value === "expired"} onDone={enter} />;

  const report = async () => {
    if (!info) return;
    note.value = { text: say("reportMaking") };
    try {
      note.value = { text: say("reportReady"), href: await makeReport(client, requestOf(view, info, Date.now())) };
    } catch (error) {
      note.value = { text: say("reportFailed", { why: messageOf(error) }) };
    }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    note.value = { text: say("copied") };
  };
  return (
    <Surrounding.Provider value={surroundings}>
      <a class="skip" href="#widgets">
        {say("skip")}
      </a>
      <div class={menu.value ? "app menu-open" : "app"}>
        <nav class="sidebar" aria-label={say("pages")}>
          <p class="brand">
            <span class="logo" aria-hidden="true" />
            Dispatcher
            <button type="button" class="quiet menu-close" aria-label={say("close")} onClick={() => (menu.value = false)}>
              <Icon name="close" />
            </button>
          </p>
          <Sidebar
            pages={pages.value ?? []}
            view={view}
            hrefOf={(p) => writeView({ ...view, ...opened(p) }, "en")}
            onOpen={(p) => {
              menu.value = false;
              change(opened(p));
            }}
          />
        </nav>
        <div class="main">
          <Toolbar
            title={info?.title ?? view.page ?? ""}
            description={info?.description}
            page={info}
            view={view}
            answer={answer}
            session={session.value}
            onChange={change}
            onMenu={() => (menu.value = !menu.value)}
            onReload={() => (again.value += 1)}
            onReport={report}
            onCopy={copy}
            onSignOut={async () => {
              await client.logout().catch(() => undefined); // a session that has ended is as good
              answer.stop();
              session.value = undefined;
              door.value = "closed";
            }}
          />
          <Progress answer={answer} />
          {note.value && (
            <p class="banner" role="status">
              {note.value.href ? (
                <a href={note.value.href} target="_blank" rel="noopener noreferrer">
                  {note.value.text}
                </a>
              ) : (
                note.value.text
              )}
              <button type="button" class="quiet" aria-label={say("close")} onClick={() => (note.value = undefined)}>
                <Icon name="close" />
              </button>
            </p>
          )}
          {problem.value !== undefined && <Problem error={problem.value} say={say} onRetry={() => location.reload()} />}
          <main id="widgets" tabIndex={-1}>
            {info && missing(view, info).length > 0 && <Parameters page={info} view={view} onChange={change} />}
            {info && missing(view, info).length === 0 && <Page page={info} view={view} answer={answer} onChange={change} />}
          </main>
        </div>
      </div>
    </Surrounding.Provider>
  );
}

/** Another page keeps the period and the zone; its filters and parameters are its own. */
const opened = (p: PageSummary): Partial<View> => ({ page: p.id, product: p.product ?? "", filters: {}, parameters: {}, widget: undefined });

/** What of a view the answer depends on. */
const asked = ({ page, product, range, zone, language, compare, refresh, filters, parameters, tenant }: View) => [
  page,
  product,
  range,
  zone,
  language,
  compare,
  refresh,
  filters,
  parameters,
  tenant,
];

function Problem({ error, say, onRetry }: { error: unknown; say: ReturnType<typeof sayIn>; onRetry: () => void }) {
  const text =
    error instanceof ProblemError
      ? error.status === 403
        ? say("denied", { why: error.message })
        : error.status === 404
          ? say("notFound")
          : say("refused", { why: [error.message, ...(error.problem.errors ?? []).map((e) => `${e.pointer} ${e.detail}`)].join(" ") })
      : say("notReached");
  return (
    <div class="banner problem" role="alert">
      <Icon name="warn" />
      <span>{text}</span>
      <button type="button" class="control small" onClick={onRetry}>
        {say("retry")}
      </button>
    </div>
  );
}
