package alert

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Names are what a rule is about, in the reader's language.
type Names struct {
	Title     string // of the alert
	Measure   string
	Dimension string // of a trend
	Column    string // of Rows with a bound
	Percent   bool   // the measure is a share
}

// Text says a rule in words, in Arabic for "ar" and in English for all else.
func (r *Rule) Text(n Names, language string) string {
	arabic := language == "ar"
	var t string
	switch r.Kind {
	case Threshold:
		t = pick(arabic, "{measure} of the last {window} is at least {bound}", "{measure} خلال آخر {window} لا يقل عن {bound}")
		if r.AtMost != nil {
			t = pick(arabic, "{measure} of the last {window} is at most {bound}", "{measure} خلال آخر {window} لا يزيد عن {bound}")
		}
	case Spike:
		t = pick(arabic, "the mean of {measure} per {bucket} over the last {window} is above the mean of the {baseline} before + {k}·σ",
			"متوسط {measure} لكل {bucket} خلال آخر {window} أعلى من متوسط {baseline} السابقة + {k}·σ")
	case Trend:
		t = pick(arabic, "{measure} of a {dimension} in the last {window} is at least {k}·σ above its mean in the {n} windows before",
			"{measure} لـ{dimension} خلال آخر {window} أعلى بمقدار {k}·σ على الأقل من متوسطه في الفترات السابقة ({n})")
	case Rows:
		t = pick(arabic, "{title}: at least {count} in the last {window}", "{title}: {count} على الأقل خلال آخر {window}")
		if r.AtLeast != nil {
			t += pick(arabic, " with {column} of at least {bound}", " بقيمة {column} لا تقل عن {bound}")
		}
	case Summary:
		t = pick(arabic, "a summary of the last {window}", "ملخص آخر {window}")
	}
	if r.MinCount > 1 && r.Kind != Rows {
		t += pick(arabic, ", of at least {count} rows", "، من {count} صفوف على الأقل")
	}
	var bound string
	if r.AtLeast != nil {
		bound = amount(*r.AtLeast, n.Percent && r.Kind == Threshold)
	} else if r.AtMost != nil {
		bound = amount(*r.AtMost, n.Percent)
	}
	return strings.NewReplacer("{title}", n.Title, "{measure}", n.Measure, "{dimension}", n.Dimension, "{column}", n.Column, "{bound}", bound,
		"{window}", Span(r.Window, language), "{baseline}", Span(r.Baseline, language), "{bucket}", Span(r.Bucket, language),
		"{k}", amount(r.K, false), "{n}", strconv.Itoa(r.Buckets()), "{count}", strconv.FormatInt(max(1, r.MinCount), 10)).Replace(t)
}

// Reason says in a sentence why a verdict is what it is.
func (v *Verdict) Reason(r *Rule, n Names, language string) string {
	arabic := language == "ar"
	t := map[State]string{
		Fired:           pick(arabic, "{value} reaches {bound}.", "{value} يبلغ {bound}."),
		BelowThreshold:  pick(arabic, "{value} does not reach {bound}.", "{value} لا يبلغ {bound}."),
		WithinBaseline:  pick(arabic, "{value} is within the baseline: it would fire from {bound} on.", "{value} ضمن خط الأساس: الحد هو {bound}."),
		TooFew:          pick(arabic, "Too few: {rows} rows, of at least {count}.", "عدد قليل جدًا: {rows} من {count} على الأقل."),
		TooLittlePast:   pick(arabic, "Too little history: {past} buckets of the baseline, of at least {history}.", "السجل قصير جدًا: {past} من {history} على الأقل."),
		NoVariation:     pick(arabic, "The baseline does not vary (σ is 0), so that there is no score.", "خط الأساس ثابت (σ تساوي 0)، فلا توجد درجة."),
		NoValue:         pick(arabic, "The measure has no value in the window.", "لا قيمة للمقياس في هذه الفترة."),
		CoolingDown:     pick(arabic, "It has been delivered, and is silent until its cooldown ends.", "أُرسل التنبيه من قبل، وهو صامت حتى انتهاء المهلة."),
		NothingHappened: pick(arabic, "Nothing happened in the window.", "لم يحدث شيء في هذه الفترة."),
	}[v.State]
	if v.State == Fired && v.Bound == nil {
		t = pick(arabic, "{rows} in the window.", "{rows} في هذه الفترة.")
	}
	percent := n.Percent && r.Kind != Rows
	return strings.NewReplacer("{value}", shown(v.Value, percent), "{bound}", shown(v.Bound, percent), "{rows}", strconv.FormatInt(v.Rows, 10),
		"{count}", strconv.FormatInt(max(1, r.MinCount), 10), "{past}", strconv.Itoa(v.Past), "{history}", strconv.Itoa(r.MinHistory)).Replace(t)
}

func pick(arabic bool, english, otherwise string) string {
	if arabic {
		return otherwise
	}
	return english
}

func shown(f *float64, percent bool) string {
	if f == nil {
		return "–"
	}
	return amount(*f, percent)
}

// amount writes a number as people read it.
func amount(f float64, percent bool) string {
	unit := ""
	if percent {
		f, unit = f*100, " %"
	}
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64) + unit
}

// Span writes a time as 24 h, 7 d or 5 min.
func Span(d time.Duration, language string) string {
	const day = 24 * time.Hour
	arabic := language == "ar"
	for _, u := range []struct {
		unit     time.Duration
		en, ar   string
		moreThan time.Duration
	}{{day, "d", "يوم", day}, {time.Hour, "h", "ساعة", 0}, {time.Minute, "min", "دقيقة", 0}, {time.Second, "s", "ثانية", 0}} {
		if d > u.moreThan && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + " " + pick(arabic, u.en, u.ar)
		}
	}
	return d.String()
}
