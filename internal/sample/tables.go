package sample

import (
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// columns declares columns, each "name:type", where the type is int, float, bool, time or list, and text where it is left out.
func columns(text string) []load.Column {
	var out []load.Column
	for word := range strings.FieldsSeq(text) {
		name, kind, _ := strings.Cut(word, ":")
		c := load.Column{Name: name, Type: query.String}
		switch kind {
		case "int":
			c.Type = query.Int
		case "float":
			c.Type = query.Float
		case "bool":
			c.Type = query.Bool
		case "time":
			c.Type = query.Time
		case "list":
			c.Multi = true
		}
		out = append(out, c)
	}
	return out
}

// of declares a table.
func of(name, time, key, text string) load.Table {
	return load.Table{Name: name, Tenant: "company_id", Time: time, Key: strings.Fields(key), Columns: columns(text)}
}

func tables() []table {
	return []table{
		{
			Table: of("interactions", "created_at", "id", `company_id id created_at:time channel type customer subject language contact:int messages_in:int
				messages_out:int last_message_at:time last_sender last_text first_sentiment last_sentiment sentiment_change:float first_response_s:int
				business_response_s:int next_response_s:int routing team assignee tags:list state completion_reason completed_at:time unassigned_s:int
				first_resolution_s:int resolution_s:int reopened:bool talk_s:int hold_s:int wrap_s:int`),
			rows: interactions,
		},
		{
			Table: of("messages", "sent_at", "id", `company_id id interaction_id sent_at:time channel sender role visibility text sentiment
				sentiment_score:float gap_s:int team tags:list customer`),
			rows: messages,
		},
		{
			Table: of("states", "changed_at", "id", `company_id id interaction_id changed_at:time from_state to_state changed_by team`),
			rows:  states,
		},
		{
			Table: of("promises", "created_at", "id", `company_id id interaction_id created_at:time promise target_s:int due_at:time actual_s:int status
				missed_by_s:int team assignee channel`),
			rows: promises,
		},
		{
			Table: of("agent_states", "started_at", "id", `company_id id agent team started_at:time ended_at:time state duration_s:int`),
			rows:  agentStates,
		},
		{
			Table: of("ratings", "rated_at", "id", `company_id id rated_at:time question_id question customer interaction_id agent team channel rating:int comment`),
			rows:  ratings,
		},
		{
			Table: of("surveys", "sent_at", "id", `company_id id survey_id sent_at:time channel started_at:time completed_at:time duration_s:int status
				answered:int interaction_id customer agent team tags:list`),
			rows: surveys,
		},
		{
			Table: of("answers", "answered_at", "id", `company_id id response_id survey_id answered_at:time question_id question_no:int kind question score:int
				choice words terms:list language channel agent team tags:list customer interaction_id`),
			rows: answers,
		},
		{
			Table: of("social", "published_at", "id", `company_id id published_at:time monitor project brand platform type direction private:bool author
				followers:int verified:bool country city gender language dialect text media thread_id reply_to likes:int shares:int comments:int views:int
				engagement:int question:bool topic tags:list keywords:list hashtags:list emojis:list sentiment sentiment_score:float age_s:int response_s:int`),
			rows: social,
		},
		{
			Table: of("transcripts", "created_at", "id", `company_id id created_at:time title status language kind speakers:int duration_s:int minutes:float text`),
			rows:  transcripts,
		},
		{
			Table: of("monitors", "created_at", "monitor", `company_id monitor project brand created_at:time`),
			rows:  monitors,
		},
	}
}
