import type { Feature, Geometry } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlas from "world-atlas/countries-110m.json?url";

/** A country of Natural Earth's map. */
export interface Country {
  /** ISO 3166 alpha-2, where its name says which it is. */
  code: string | undefined;
  name: string;
  feature: Feature<Geometry>;
}

let loading: Promise<Country[]> | undefined;

/** Fetches the map, once, when the first page needs it. */
export function loadWorld(): Promise<Country[]> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Country[]> {
  const response = await fetch(atlas);
  if (!response.ok) throw new Error(`map: ${response.status}`);
  const topology = (await response.json()) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  return feature(topology, topology.objects.countries)
    .features.filter((f) => f.properties.name !== "Antarctica")
    .map((f) => ({ code: codeOf(f.properties.name), name: f.properties.name, feature: f }));
}

let codes: Map<string, string> | undefined;

/** The code of a country by its code or its English or Arabic name, as the browser knows them. */
export function codeOf(name: string): string | undefined {
  if (/^[A-Z]{2}$/.test(name)) return name;
  codes ??= names();
  return codes.get(plain(name));
}

function names(): Map<string, string> {
  const out = new Map<string, string>(Object.entries(others));
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  for (const language of ["en", "ar"]) {
    const display = new Intl.DisplayNames(language, { type: "region", fallback: "none" });
    for (const a of letters) {
      for (const b of letters) {
        const name = display.of(a + b);
        if (name && !out.has(plain(name))) out.set(plain(name), a + b);
      }
    }
  }
  return out;
}

/** The names that Natural Earth shortens, and such as people write. */
const others: Record<string, string> = {
  unitedstatesofamerica: "US",
  usa: "US",
  uk: "GB",
  uae: "AE",
  demrepcongo: "CD",
  congo: "CG",
  dominicanrep: "DO",
  centralafricanrep: "CF",
  eqguinea: "GQ",
  ssudan: "SS",
  wsahara: "EH",
  cotedivoire: "CI",
  bosniaandherz: "BA",
  macedonia: "MK",
  solomonis: "SB",
  falklandis: "FK",
  frsantarcticlands: "TF",
  esw: "SZ",
  eswatini: "SZ",
  czechrepublic: "CZ",
  turkey: "TR",
  myanmar: "MM",
  palestine: "PS",
  burma: "MM",
  ncyprus: "CY",
  somaliland: "SO",
  russianfederation: "RU",
};

function plain(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/&/g, "and")
    .replace(/[^\p{L}]/gu, "");
}
