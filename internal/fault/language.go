package fault

// SafeTextIn is SafeText in the language of whoever reads it. In Arabic it is a sentence of the error's reason; what an asker has to put right is named
// behind it as it is: names, places and values of the request.
func SafeTextIn(err error, language string) string {
	text := SafeText(err)
	if language != "ar" {
		return text
	}
	said := arabic()[ReasonOf(err)]
	switch {
	case said == "" && ClassOf(err) == Reject:
		said = "لا يمكن تلبية الطلب كما أُرسل"
	case said == "":
		return "تعذّر حساب الطلب؛ والسبب في سجل المشغّل"
	}
	if class := ClassOf(err); class == Reject || detailed(ReasonOf(err)) {
		return said + ": " + text
	}
	return said
}

// detailed says that a text names what is wrong, not only that something is.
func detailed(reason string) bool {
	return reason == "unknown_widget" || reason == "source_limit" || reason == "bad_cursor"
}

// arabic are sentences by reasons.
func arabic() map[string]string {
	return map[string]string{
		"source_unavailable":    "لا يمكن الوصول إلى مصدر البيانات حاليًا",
		"source_timeout":        "استغرق مصدر البيانات وقتًا أطول من المسموح",
		"source_throttled":      "لدى مصدر البيانات ما يفوق طاقته حاليًا",
		"source_denied":         "يرفض مصدر البيانات بيانات الدخول",
		"source_error":          "لم يستطع مصدر البيانات حساب هذا",
		"source_schema":         "ينقص مصدر البيانات جدول أو عمود يسميه الفهرس",
		"source_limit":          "البيانات المطلوبة أكثر من المسموح",
		"source_overflow":       "المجموع أكبر من أن يُحسب بدقة",
		"source_answer":         "أجاب مصدر البيانات بما لا يمكن قراءته",
		"source_not_configured": "لم يُضبط مصدر البيانات هذا هنا",
		"source_changed":        "تغيّر مصدر البيانات أثناء قراءته",
		"timeout":               "استغرق الطلب وقتًا أطول من المسموح",
		"request_timeout":       "استغرق الطلب وقتًا أطول من المسموح",
		"canceled":              "أُلغي الطلب",
		"unknown_widget":        "لا يوجد عنصر بهذا الاسم في الصفحة",
		"unknown_page":          "لا توجد صفحة بهذا الاسم",
		"unknown_member":        "اسم غير معروف في الطلب",
		"unknown_operator":      "عامل تصفية غير معروف في الطلب",
		"bad_value":             "قيمة غير صالحة في الطلب",
		"bad_cursor":            "لا يمكن استخدام مؤشر الصفحة؛ اطلب الصفحة الأولى",
		"missing_tenant":        "لا يذكر الطلب الشركة",
		"missing_parameter":     "ينقص الطلب معامل لازم",
		"stale_request":         "الطلب أقدم من المسموح",
		"expired":               "انقضت مهلة الطلب",
		"cancelled":             "أُلغي الطلب",
	}
}
