/** The languages that the product has words in. */
export type Language = "en" | "ar";

export const directionOf = (language: Language): "ltr" | "rtl" => (language === "ar" ? "rtl" : "ltr");

/** The tag for Intl: Arabic with Arabic digits, as reports have it, whatever the browser's region would pick. */
export const localeOf = (language: Language): string => (language === "ar" ? "ar-u-nu-arab-ca-gregory" : "en-GB-u-ca-gregory");
