package sample

// remark is what a customer says in their own words, with its terms: what it is about, in its language.
type remark struct {
	text, language string
	terms          []string
}

// remarkOn makes a remark that goes with a score from 1 to 5.
func remarkOn(score int64, d dice, language string) remark {
	tone := 2
	switch {
	case score >= 4:
		tone = 0
	case score == 3:
		tone = 1
	}
	if language != "ar" {
		language = "en"
	}
	r := even(d, remarks()[language][tone])
	r.language = language
	return r
}

// remarks are those of satisfied, of neutral and of unhappy customers.
func remarks() map[string][3][]remark {
	return map[string][3][]remark{
		"en": {
			{
				{text: "Quick and friendly, thank you.", terms: []string{"quick", "friendly"}},
				{text: "The agent was friendly and knew the answer.", terms: []string{"agent", "friendly", "answer"}},
				{text: "A quick refund, I did not expect that.", terms: []string{"quick", "refund"}},
			},
			{
				{text: "It was fine in the end.", terms: []string{"fine"}},
				{text: "A good answer after a long waiting time.", terms: []string{"answer", "waiting time"}},
			},
			{
				{text: "It took too long and the answer did not help.", terms: []string{"waiting time", "answer"}},
				{text: "Three agents, and each asked the same questions again.", terms: []string{"agent", "repetition"}},
				{text: "I am still waiting for my refund.", terms: []string{"waiting time", "refund"}},
			},
		},
		"ar": {
			{
				{text: "خدمة سريعة وودودة، شكرًا لكم", terms: []string{"سرعة", "ود"}},
				{text: "كان الموظف ودودًا ويعرف الإجابة", terms: []string{"موظف", "ود", "إجابة"}},
				{text: "استرداد سريع للمبلغ لم أتوقعه", terms: []string{"سرعة", "استرداد"}},
			},
			{
				{text: "كان الأمر مقبولًا في النهاية", terms: []string{"مقبول"}},
				{text: "إجابة جيدة بعد انتظار طويل", terms: []string{"إجابة", "انتظار"}},
			},
			{
				{text: "استغرق الأمر وقتًا طويلًا والإجابة لم تفد", terms: []string{"انتظار", "إجابة"}},
				{text: "ثلاثة موظفين وكل منهم كرر الأسئلة نفسها", terms: []string{"موظف", "تكرار"}},
				{text: "ما زلت أنتظر استرداد المبلغ", terms: []string{"انتظار", "استرداد"}},
			},
		},
	}
}

// languageOf is the language that a customer writes to us in.
func languageOf(customer string) string {
	if personOf(customer).language == "ar" {
		return "ar"
	}
	return "en"
}
