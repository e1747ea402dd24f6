package sample

// topic is what a generated post is about.
type topic struct {
	name, tag, hashtag string
	keywords           []string
	en, ar             []string // sentences, of the tones of tones()
}

func topics() []topic {
	return []topic{
		{"delivery", "delivery", "#delivery", []string{"parcel", "courier", "late", "arrived"},
			[]string{"My parcel arrived a day early.", "The courier says it comes on Monday.", "The delivery is late again and nobody answers."},
			[]string{"وصل الطرد قبل موعده بيوم", "تقول شركة الشحن إنه يصل يوم الاثنين", "التوصيل متأخر مرة أخرى ولا أحد يرد"}},
		{"support", "support", "#support", []string{"answer", "waiting", "agent", "solved"},
			[]string{"Support solved it within minutes.", "I wrote to support this morning.", "I have been waiting for an answer for three days."},
			[]string{"حل الدعم المشكلة خلال دقائق", "راسلت الدعم هذا الصباح", "أنتظر الرد منذ ثلاثة أيام"}},
		{"price", "billing", "#price", []string{"price", "invoice", "refund", "discount"},
			[]string{"A fair price and the discount worked.", "Where do I find my invoice?", "I was charged twice and want a refund."},
			[]string{"سعر عادل والخصم يعمل", "أين أجد الفاتورة؟", "تم الخصم مرتين وأريد استرداد المبلغ"}},
		{"quality", "product", "#quality", []string{"quality", "broken", "material", "works"},
			[]string{"The quality is better than I thought.", "Is it made of the same material as before?", "It broke after two days."},
			[]string{"الجودة أفضل مما توقعت", "هل هو من نفس المادة السابقة؟", "انكسر بعد يومين"}},
		{"app", "bug", "#app", []string{"app", "update", "crash", "login"},
			[]string{"The new app is a joy to use.", "The update is out since today.", "The app crashes at every login."},
			[]string{"التطبيق الجديد ممتع", "صدر التحديث اليوم", "التطبيق يتعطل عند كل تسجيل دخول"}},
		{"stores", "sales", "#stores", []string{"store", "opening", "queue", "staff"},
			[]string{"Friendly staff in the new store.", "When does the store open on Friday?", "The queue was an hour long."},
			[]string{"موظفون ودودون في المتجر الجديد", "متى يفتح المتجر يوم الجمعة؟", "كان الطابور لمدة ساعة"}},
	}
}

// tone is how a sentence of that position sounds.
type tone struct {
	name  string
	score float64
}

func tones() []tone { return []tone{{"positive", 0.6}, {"neutral", 0}, {"negative", -0.6}} }

// say makes a sentence; its tone is known, since it was chosen.
func say(d dice, t topic, language string) (text, sentiment string, score float64) {
	i := d.IntN(len(t.en))
	text = t.en[i]
	if language == "ar" {
		text = t.ar[i]
	}
	of := tones()[i]
	return text, of.name, of.score
}

func dialects() []string { return []string{"gulf", "egyptian", "msa", "levantine", "maghrebi"} }
