import { useMemo, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { Icon } from "../icon";
import { Popover } from "./popover";

interface Props {
  zone: string;
  /** The page's own. */
  own: string;
  onPick: (zone: string | undefined) => void;
}

/** In which zone the days are. */
export function ZonePicker({ zone, own, onPick }: Props) {
  const { say } = useSurroundings();
  return (
    <Popover
      align="end"
      button={
        <>
          <Icon name="globe" />
          <span class="hidden">{say("zone")}: </span>
          <bdi>{zone.replaceAll("_", " ")}</bdi>
        </>
      }
    >
      {(close) => (
        <Panel
          zone={zone}
          own={own}
          onPick={(z) => {
            onPick(z);
            close();
          }}
        />
      )}
    </Popover>
  );
}

function Panel({ zone, own, onPick }: Props) {
  const { say } = useSurroundings();
  const [search, setSearch] = useState("");
  const zones = useMemo(() => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((z) => z !== "UTC")], []);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const wanted = search.trim().toLowerCase().replaceAll(" ", "_");
  const found = zones.filter((z) => z.toLowerCase().includes(wanted)).slice(0, 60);
  return (
    <div class="pick-panel">
      <input type="search" data-first value={search} placeholder={say("search")} aria-label={say("search")} onInput={(e) => setSearch(e.currentTarget.value)} />
      <ul>
        {!wanted && (
          <>
            <li>
              <button type="button" class="item" onClick={() => onPick(undefined)}>
                {say("zoneOfPage")} <span class="muted">{own}</span>
              </button>
            </li>
            <li>
              <button type="button" class="item" onClick={() => onPick(here)}>
                {say("zoneHere")} <span class="muted">{here}</span>
              </button>
            </li>
          </>
        )}
        {found.map((z) => (
          <li key={z}>
            <button type="button" class="item" aria-pressed={z === zone} onClick={() => onPick(z)}>
              {z.replaceAll("_", " ")} <span class="muted number">{offset(z)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function offset(zone: string): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts();
  return parts.find((p) => p.type === "timeZoneName")?.value ?? "";
}
