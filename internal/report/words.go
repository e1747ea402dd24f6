package report

// words are the report's own texts.
type words struct {
	Language, Dir                                        string
	Report, Period, Zone, Filters, Made, AsOf, PoweredBy string
	Contact, Contents                                    string
	Failed, Empty, Synthetic, SyntheticPage, Stale       string
	Partial, Incomplete, Previous, NoComparison, Table   string
	Others, Yes, No, Rows, Page, Less, More              string
	Unchanged, Half                                      string
	Notices                                              map[string]string // by code, in place of the notice's own text
	Months                                               [12]string
	Weekdays                                             [7]string // Monday first
	Quarter                                              string
	Cover, Widget, Sheet, State, Count, Notes, Moment    string            // of a workbook's cover
	States                                               map[string]string // how a widget ended
}

func english() *words {
	return &words{
		Language: "en", Dir: "ltr",
		Report: "Report", Period: "Period", Zone: "Time zone", Filters: "Filters", Made: "Made", AsOf: "As of", PoweredBy: "Powered by",
		Contact: "Contact", Contents: "Contents",
		Failed: "This widget could not be computed.", Empty: "No data for this period.", Synthetic: "synthetic",
		SyntheticPage: "Widgets marked “synthetic” show numbers that are computed from generated data.", Stale: "stale",
		Partial: "truncated", Incomplete: "not over yet", Previous: "period before", NoComparison: "no comparison", Table: "Numbers",
		Others: "all others", Yes: "yes", No: "no", Rows: "%s of %s rows", Page: "Page %s", Less: "less", More: "more", Unchanged: "unchanged", Half: "Half of %s by %s.",
		Quarter: "Q",
		Months:  [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		Cover:   "Cover", Widget: "Widget", Sheet: "Sheet", State: "State", Count: "Rows", Notes: "Notes", Moment: "Time",
		States:   map[string]string{"ok": "ok", "empty": "no data", "partial": "partial", "error": "failed"},
		Weekdays: [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
	}
}

func arabic() *words {
	return &words{
		Language: "ar", Dir: "rtl",
		Report: "تقرير", Period: "الفترة", Zone: "المنطقة الزمنية", Filters: "عوامل التصفية", Made: "أُعدّ في", AsOf: "البيانات حتى", PoweredBy: "بدعم من",
		Contact: "للتواصل", Contents: "المحتويات",
		Failed: "تعذّر حساب هذا العنصر.", Empty: "لا توجد بيانات في هذه الفترة.", Synthetic: "بيانات مولّدة",
		SyntheticPage: "العناصر الموسومة بعبارة «بيانات مولّدة» تعرض أرقامًا محسوبة من بيانات مولّدة وليست حقيقية.", Stale: "بيانات قديمة",
		Partial: "مقتطع", Incomplete: "لم تكتمل بعد", Previous: "الفترة السابقة", NoComparison: "لا مقارنة", Table: "الأرقام",
		Others: "البقية", Yes: "نعم", No: "لا", Rows: "%s من %s صفوف", Page: "صفحة %s", Less: "أقل", More: "أكثر", Unchanged: "دون تغيّر", Half: "نصف %s حتى %s.",
		Quarter: "ر",
		Notices: map[string]string{
			"truncated": "تُعرض الصفوف الأولى فقط، وفي البيانات المزيد.", "stale": "هذه البيانات قديمة.",
			"filled": "فترات لا صفوف لها مُلئت.", "synthetic": "هذه الأرقام أو بعضها محسوبة من بيانات مولّدة.",
			"incomplete": "الفترة الأخيرة لم تنته بعد أو يقطعها المدى المطلوب.", "approximate": "المئينات تقريبية.",
			"link_refused": "بعض الروابط لا يمكن إتاحتها.", "short_history": "البيانات السابقة أقصر من أن تُحسب منها درجة الصعود.",
			"terms_cut": "لم يُنظر إلا في المصطلحات الأكثر صفوفًا.", "background": "لا عوامل تصفية: تُقارن الفترة بالفترة التي قبلها.",
			"depth_cut": "صفوف أعمق من العمق المعروض لم تُعرض.", "orphans": "صفوف ترد على ما ليس هنا.", "cycle": "صفوف يرد بعضها على بعض في حلقة قُطعت عند أقدمها.",
		},
		Months: [12]string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
		Cover:  "الغلاف", Widget: "العنصر", Sheet: "الورقة", State: "الحالة", Count: "الصفوف", Notes: "ملاحظات", Moment: "الوقت",
		States:   map[string]string{"ok": "مكتمل", "empty": "لا بيانات", "partial": "جزئي", "error": "تعذّر"},
		Weekdays: [7]string{"الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"},
	}
}
