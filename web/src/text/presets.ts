import type { Preset } from "../model/days";
import type { Language } from "./language";

const names: Record<Preset, Record<Language, string>> = {
  today: { en: "Today", ar: "اليوم" },
  yesterday: { en: "Yesterday", ar: "أمس" },
  "7d": { en: "Last 7 days", ar: "آخر ٧ أيام" },
  "30d": { en: "Last 30 days", ar: "آخر ٣٠ يومًا" },
  "90d": { en: "Last 90 days", ar: "آخر ٩٠ يومًا" },
  month: { en: "This month", ar: "هذا الشهر" },
  "last-month": { en: "Last month", ar: "الشهر الماضي" },
  year: { en: "This year", ar: "هذه السنة" },
  "365d": { en: "Last 365 days", ar: "آخر ٣٦٥ يومًا" },
};

export const presetName = (preset: Preset, language: Language): string => names[preset][language];
