package format

import (
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/locale"
)

// The sentences of notices. Their numbers and names are verbs of package fmt.
const (
	noticeCut         = "Only the first %d rows are shown; the data has more."
	noticeApproximate = "Percentiles are approximate: within %g %% of the ranks."
	noticeSynthetic   = "These numbers are computed from generated data."
	noticeGenerated   = "Generated, not real: %s."
	noticeScored      = "Only the %d values with the most rows now are scored."
	noticeRefused     = "%d of the keys in %s lead to no object that may be handed out."
	noticeLargest     = "The %d largest of %d groups are shown."
	noticeOthers      = "The %d largest of %d groups are shown, and the others as one."
	noticeFilled      = "%d of %d buckets had no rows and were filled."
	noticeBackground  = "Without filters the range is compared with the one before."
	noticeShort       = "The rows go back %d windows; a trend score needs %d."
	noticeTerms       = "Only the %d terms with the most rows were looked at."
	noticeEarliest    = "Only the earliest %d of %d rows are in the tree."
	noticeDeeper      = "%d rows lie deeper than %d and are left out."
	noticeOrphans     = "%d rows answer one that is not here."
	noticeCycle       = "%d times rows answered each other in a circle, which is cut at its earliest row."
	noticeIncomplete  = "The last bucket is not over yet or is cut by the range."
)

// arabic returns a notice's sentence in Arabic, with the same verbs.
func arabic(notice string) string {
	return map[string]string{
		noticeCut:         "تُعرض الصفوف الأولى فقط (%d)، وفي البيانات المزيد.",
		noticeApproximate: "المئينات تقريبية: في حدود %g٪ من الرتب.",
		noticeSynthetic:   "هذه الأرقام محسوبة من بيانات مولّدة.",
		noticeGenerated:   "مولّدة وليست حقيقية: %s.",
		noticeScored:      "تُقيَّم القيم ذات الصفوف الأكثر حاليًا فقط (%d).",
		noticeRefused:     "عدد المفاتيح التي لا تقود إلى ملف يمكن إتاحته: %d، في العمود %s.",
		noticeLargest:     "تُعرض أكبر المجموعات فقط: %d من %d.",
		noticeOthers:      "تُعرض أكبر المجموعات فقط: %d من %d، والبقية مجموعةً واحدة.",
		noticeFilled:      "فترات لا صفوف لها مُلئت: %d من %d.",
		noticeBackground:  "دون عوامل تصفية تُقارن الفترة بالفترة السابقة.",
		noticeShort:       "تعود الصفوف إلى الوراء عدد فترات قدره %d؛ وتحتاج درجة الرواج إلى %d.",
		noticeTerms:       "نُظر في المصطلحات ذات الصفوف الأكثر فقط (%d).",
		noticeEarliest:    "في الشجرة أقدم الصفوف فقط: %d من %d.",
		noticeDeeper:      "صفوف لم تُعرض: %d، فهي أعمق من %d.",
		noticeOrphans:     "صفوف ترد على ما ليس هنا: %d.",
		noticeCycle:       "حلقات يرد بعض صفوفها على بعض، قُطعت عند أقدمها: %d.",
		noticeIncomplete:  "الفترة الأخيرة لم تنته بعد أو يقطعها المدى المطلوب.",
	}[notice]
}

// notice says something in the reader's language.
func (d *Data) notice(severity, code, text string, args ...any) {
	said := ""
	if other := arabic(text); d.language == "ar" && other != "" {
		said = locale.Of(d.language).Sprintf(other, args...)
	} else {
		said = fmt.Sprintf(text, args...)
	}
	d.Notices = append(d.Notices, Notice{Severity: severity, Code: code, Text: said})
}

// said tells a derived column from its measure in a name that people read.
func said(role, language string) string {
	texts := map[string]string{rolePrevious: " (previous)", roleChange: " (change)", roleRatio: " (change, share)", roleShare: " (share)", roleCumulative: " (so far)"}
	if language == "ar" {
		texts = map[string]string{rolePrevious: " (السابق)", roleChange: " (التغيّر)", roleRatio: " (نسبة التغيّر)", roleShare: " (الحصّة)", roleCumulative: " (حتى الآن)"}
	}
	return texts[role]
}

// missing is how a missing value of a dimension reads. A number that is not known is not none, which would be 0.
func missing(kind frame.Kind, language string) string {
	if kind == frame.Int || kind == frame.Float {
		return "–"
	}
	return none(language)
}

// none is how a missing group reads.
func none(language string) string {
	if language == "ar" {
		return "(لا شيء)"
	}
	return "(none)"
}
