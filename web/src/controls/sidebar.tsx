import type { PageSummary } from "@go-dispatcher/client";
import { useState } from "preact/hooks";
import { useSurroundings } from "../context";
import type { View } from "../model/view";

interface Props {
  pages: PageSummary[];
  view: View;
  hrefOf: (page: PageSummary) => string;
  onOpen: (page: PageSummary) => void;
}

/** The pages there are, by product. */
export function Sidebar({ pages, view, hrefOf, onOpen }: Props) {
  const { say } = useSurroundings();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = pages.filter((p) => !wanted || `${p.title} ${p.id} ${p.product ?? ""}`.toLowerCase().includes(wanted));
  const products = [...new Set(found.map((p) => p.product ?? ""))];
  return (
    <>
      <input
        type="search"
        class="side-search"
        value={search}
        placeholder={say("searchPages")}
        aria-label={say("searchPages")}
        onInput={(e) => setSearch(e.currentTarget.value)}
      />
      {found.length === 0 && <p class="muted note">{say("noPages")}</p>}
      {products.map((product) => (
        <section key={product}>
          <h2>{product.replaceAll("_", " ") || say("otherProduct")}</h2>
          <ul>
            {found
              .filter((p) => (p.product ?? "") === product)
              .map((p) => {
                const here = view.page === p.id && view.product === product;
                return (
                  <li key={p.id}>
                    <a
                      href={hrefOf(p)}
                      aria-current={here ? "page" : undefined}
                      title={p.id}
                      onClick={(e) => {
                        if (e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
                        e.preventDefault();
                        onOpen(p);
                      }}
                    >
                      <bdi>{p.title}</bdi>
                    </a>
                  </li>
                );
              })}
          </ul>
        </section>
      ))}
    </>
  );
}
