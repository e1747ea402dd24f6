import type { WidgetData } from "@go-dispatcher/client";
import { geoEqualEarth, geoPath } from "d3-geo";
import { useEffect, useMemo, useState } from "preact/hooks";
import { useSurroundings } from "../context";
import { byRole, columnsOf, labelOf, numbers } from "../frame/columns";
import { useSize } from "../layout/size";
import { formatNumber } from "../text/number";
import { Breakdown } from "../widget/breakdown";
import { type Country, codeOf, loadWorld } from "./world";

/** Whether a breakdown is over countries. */
export function isGeo(data: WidgetData): boolean {
  return byRole(columnsOf(data), "dimension")[0]?.field.name === "country";
}

/** A map, the darker the more, above the list of the countries. */
export function Geo({ data, label, onPick }: { data: WidgetData; label: string; onPick: ((member: string, value: string) => void) | undefined }) {
  const { language } = useSurroundings();
  const [box, width, height] = useSize<HTMLDivElement>();
  const [world, setWorld] = useState<Country[] | undefined>(undefined);
  const [at, setAt] = useState<string | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    // Without the map there is still the list.
    loadWorld().then(
      (countries) => !gone && setWorld(countries),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);
  const columns = columnsOf(data);
  const place = byRole(columns, "dimension")[0];
  const measure = byRole(columns, "measure")[0];
  const values = useMemo(() => {
    const out = new Map<string, number>();
    const list = numbers(measure);
    (place?.values ?? []).forEach((name, i) => {
      const code = typeof name === "string" ? codeOf(name) : undefined;
      if (code && list[i] !== null && list[i] !== undefined) out.set(code, list[i]);
    });
    return out;
  }, [data]);
  const paths = useMemo(() => {
    if (!world || width === 0 || height === 0) return [];
    const projection = geoEqualEarth().fitSize([width, height], { type: "FeatureCollection", features: world.map((c) => c.feature) });
    const draw = geoPath(projection);
    return world.map((c) => ({ code: c.code, name: c.name, d: draw(c.feature) ?? "" }));
  }, [world, width, height]);
  const high = Math.max(1e-9, ...values.values());
  if (!measure) return null;
  const told = at ? values.get(at) : undefined;
  return (
    <div class="geo">
      <div class="map" ref={box} role="img" aria-label={label} onPointerLeave={() => setAt(undefined)}>
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {paths.map((p) => {
            const v = p.code ? values.get(p.code) : undefined;
            return (
              <path
                key={p.name}
                d={p.d}
                class={v === undefined ? "land" : "land with"}
                style={v === undefined ? {} : { fillOpacity: 0.15 + 0.85 * Math.sqrt(v / high) }}
                onPointerEnter={() => setAt(p.code)}
              />
            );
          })}
        </svg>
        {at && told !== undefined && (
          <p class="map-note">
            {new Intl.DisplayNames(language, { type: "region" }).of(at)}: <b class="number">{formatNumber(told, measure.field.config, language)}</b>{" "}
            {labelOf(measure)}
          </p>
        )}
      </div>
      <Breakdown data={data} onPick={onPick} />
    </div>
  );
}
