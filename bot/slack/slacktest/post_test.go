package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func TestTokensAreChecked(t *testing.T) {
	s := start(t, Quick())
	for _, tt := range []struct{ token, code string }{
		{"xoxb-wrong", "invalid_auth"}, {"", "not_authed"}, {s.AppToken(), "not_allowed_token_type"},
	} {
		_, err := slack.New(tt.token, slack.OptionAPIURL(s.URL())).AuthTest()
		want(t, err, tt.code)
	}
	_, _, err := slack.New("", slack.OptionAppLevelToken(s.BotToken()), slack.OptionAPIURL(s.URL())).StartSocketModeContext(within(t))
	want(t, err, "not_allowed_token_type")
	who := must[*slack.AuthTestResponse](t)(client(s).AuthTest())
	if who.UserID != BotUserID || who.BotID != BotID || who.TeamID != TeamID {
		t.Errorf("auth.test: %+v", who)
	}
}

func TestTimestampsRiseAndMessagesShowInOrder(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	last := ""
	for i := range 50 {
		_, ts, err := c.PostMessage(DeskChannel, slack.MsgOptionText(fmt.Sprint(i), false))
		if err != nil {
			t.Fatal(err)
		}
		if ts <= last {
			t.Fatalf("ts %s after %s", ts, last)
		}
		last = ts
	}
	for i, m := range rosa.Channel(DeskChannel) {
		if m.Shown != fmt.Sprint(i) || !m.Bot {
			t.Errorf("message %d shows %q", i, m.Shown)
		}
	}
}

func TestPostsAreRefusedWithSlacksErrors(t *testing.T) {
	s := start(t, Quick())
	s.AddChannel("C2", "elsewhere", false, false)
	s.AddChannel("C3", "secret", true, false)
	c := client(s)
	text := func(n int) slack.MsgOption { return slack.MsgOptionText(strings.Repeat("a", n), false) }
	sections := func(count, size int) slack.MsgOption {
		var all []slack.Block
		for range count {
			all = append(all, section(strings.Repeat("b", size)))
		}
		return slack.MsgOptionBlocks(all...)
	}
	twice := slack.NewActionBlock("x", slack.NewButtonBlockElement("a", "1", plain("One")), slack.NewButtonBlockElement("a", "2", plain("Two")))
	for name, tt := range map[string]struct {
		channel string
		option  slack.MsgOption
		code    string
	}{
		"no such channel":          {"C9", text(1), "channel_not_found"},
		"private, not in it":       {"C3", text(1), "channel_not_found"},
		"public, not in it":        {"C2", text(1), "not_in_channel"},
		"nothing to say":           {DeskChannel, text(0), "no_text"},
		"40,001 characters":        {DeskChannel, text(40_001), "msg_too_long"},
		"section of 3,001":         {DeskChannel, sections(1, 3001), "invalid_blocks"},
		"51 blocks":                {DeskChannel, sections(51, 1), "invalid_blocks"},
		"five sections of 2,900":   {DeskChannel, sections(5, 2900), "msg_blocks_too_long"},
		"button of 76":             {DeskChannel, slack.MsgOptionBlocks(buttonRow("a", "", strings.Repeat("c", 76))), "invalid_blocks"},
		"button value of 2,001":    {DeskChannel, slack.MsgOptionBlocks(buttonRow("a", strings.Repeat("v", 2001), "Go")), "invalid_blocks"},
		"two actions of one name":  {DeskChannel, slack.MsgOptionBlocks(twice), "invalid_blocks"},
		"two blocks of one name":   {DeskChannel, slack.MsgOptionBlocks(slack.NewDividerBlock(), named("x"), named("x")), "invalid_blocks"},
		"metadata without a type":  {DeskChannel, slack.MsgOptionCompose(text(1), slack.MsgOptionMetadata(slack.SlackMetadata{EventPayload: map[string]any{"a": "b"}})), "invalid_metadata_schema"},
		"header longer than 150":   {DeskChannel, slack.MsgOptionBlocks(slack.NewHeaderBlock(plain(strings.Repeat("h", 151)))), "invalid_blocks"},
		"action_id longer than it": {DeskChannel, slack.MsgOptionBlocks(buttonRow(strings.Repeat("i", 256), "", "Go")), "invalid_blocks"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := c.PostMessage(tt.channel, tt.option)
			want(t, err, tt.code)
		})
	}
	if got := s.Staff("U1", "Rosa", true).Channel(DeskChannel); len(got) != 0 {
		t.Errorf("a refused post shows: %+v", got)
	}
	if _, _, err := c.PostMessage(DeskChannel, text(40_000)); err != nil {
		t.Error(err)
	}
	if _, _, err := c.PostMessage(DeskChannel, sections(4, 3000)); err != nil {
		t.Error(err)
	}
}

func named(id string) slack.Block {
	b := slack.NewDividerBlock()
	b.BlockID = id
	return b
}

func TestTextOnlyUpdateRemovesTheBlocks(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	_, ts, err := c.PostMessage(DeskChannel, slack.MsgOptionText("fallback", false), slack.MsgOptionBlocks(section("card"), buttonRow("claim", "7", "Claim")),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "row", EventPayload: map[string]any{"key": "k1"}}))
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := rosa.Message(ts); m.Shown != "card" || len(m.Buttons) != 1 || m.Edited {
		t.Fatalf("posted %+v", m)
	}
	if _, _, _, err := c.UpdateMessage(DeskChannel, ts, slack.MsgOptionText("f2", false), slack.MsgOptionBlocks(section("card 2"))); err != nil {
		t.Fatal(err)
	}
	if m, _ := rosa.Message(ts); m.Shown != "card 2" || m.Edited || m.Metadata.EventPayload["key"] != "k1" {
		t.Errorf("updated with blocks: %+v", m)
	}
	if _, _, _, err := c.UpdateMessage(DeskChannel, ts, slack.MsgOptionText("only text", false)); err != nil {
		t.Fatal(err)
	}
	m, _ := rosa.Message(ts)
	if m.Shown != "only text" || m.Blocks != nil || !m.Edited || len(m.Earlier) != 2 {
		t.Errorf("updated with text: %+v", m)
	}
}

func TestOnlyTheBotsOwnMessagesChange(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	ts := must[string](t)(rosa.Post(DeskChannel, "mine"))
	_, _, _, err := c.UpdateMessage(DeskChannel, ts, slack.MsgOptionText("yours", false))
	want(t, err, "cant_update_message")
	_, _, err = c.DeleteMessage(DeskChannel, ts)
	want(t, err, "cant_delete_message")
	_, _, _, err = c.UpdateMessage(DeskChannel, "1.000001", slack.MsgOptionText("x", false))
	want(t, err, "message_not_found")
	_, _, err = c.DeleteMessage(DeskChannel, "1.000001")
	want(t, err, "message_not_found")
}

func TestReplyToADeletedMessageShowsInTheChannel(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	_, parent, _ := c.PostMessage(DeskChannel, slack.MsgOptionText("card", false))
	if _, _, err := c.DeleteMessage(DeskChannel, parent); err != nil {
		t.Fatal(err)
	}
	_, ts, said, err := c.PostMessageWithResponse(DeskChannel, slack.MsgOptionText("private", false), slack.MsgOptionTS(parent))
	if err != nil || said.ThreadTimestamp != "" {
		t.Fatalf("thread_ts %q, %v", said.ThreadTimestamp, err)
	}
	if all := rosa.Channel(DeskChannel); len(all) != 1 || all[0].TS != ts {
		t.Errorf("channel shows %+v", all)
	}
}

func TestDeletingTheFirstOfAThreadLeavesATombstone(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	_, parent, _ := c.PostMessage(DeskChannel, slack.MsgOptionText("card", false), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "row", EventPayload: map[string]any{"key": "k"}}))
	reply := must[string](t)(rosa.Reply(parent, "hello"))
	if _, _, err := c.DeleteMessage(DeskChannel, parent); err != nil {
		t.Fatal(err)
	}
	all, _, _, err := c.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: DeskChannel, Timestamp: parent, IncludeAllMetadata: true})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d messages, %v", len(all), err)
	}
	if first := all[0]; first.SubType != "tombstone" || first.User != "USLACKBOT" || !first.Hidden || first.Metadata.EventType != "" {
		t.Errorf("tombstone %+v", first)
	}
	if m := rosa.Channel(DeskChannel)[0]; !m.Tombstone || m.Replies != 1 {
		t.Errorf("shows %+v", m)
	}
	// A reply finds its thread still.
	if _, _, said, err := c.PostMessageWithResponse(DeskChannel, slack.MsgOptionText("more", false), slack.MsgOptionTS(parent)); err != nil || said.ThreadTimestamp != parent {
		t.Errorf("thread_ts %q, %v", said.ThreadTimestamp, err)
	}
	more := rosa.Thread(parent)[2].TS
	if err := rosa.Delete(reply); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.DeleteMessage(DeskChannel, more); err != nil {
		t.Fatal(err)
	}
	if all := rosa.Channel(DeskChannel); len(all) != 0 {
		t.Errorf("the tombstone outlived its last reply: %+v", all)
	}
}

func TestHistoryPages(t *testing.T) {
	s := start(t, Quick())
	c := client(s)
	rosa := s.Staff("U1", "Rosa", true)
	var all []string
	for i := range 25 {
		all = append(all, must[string](t)(rosa.Post(DeskChannel, fmt.Sprint(i))))
		rosa.Reply(all[i], "not in the channel")
	}
	read := func(p slack.GetConversationHistoryParameters) (pages [][]string) {
		t.Helper()
		p.ChannelID = DeskChannel
		for {
			got := must[*slack.GetConversationHistoryResponse](t)(c.GetConversationHistory(&p))
			var page []string
			for _, m := range got.Messages {
				page = append(page, m.Text)
			}
			pages = append(pages, page)
			if got.HasMore != (got.ResponseMetaData.NextCursor != "") {
				t.Fatalf("has_more %v, cursor %q", got.HasMore, got.ResponseMetaData.NextCursor)
			}
			if p.Cursor = got.ResponseMetaData.NextCursor; p.Cursor == "" {
				return pages
			}
		}
	}
	for name, tt := range map[string]struct {
		p           slack.GetConversationHistoryParameters
		pages       int
		first, last string // of the first and of the last page
	}{
		"all":                       {slack.GetConversationHistoryParameters{}, 1, "24", "0"},
		"by ten":                    {slack.GetConversationHistoryParameters{Limit: 10}, 3, "24", "0"},
		"after the 20th":            {slack.GetConversationHistoryParameters{Oldest: all[20]}, 1, "24", "21"},
		"from the 20th":             {slack.GetConversationHistoryParameters{Oldest: all[20], Inclusive: true}, 1, "24", "20"},
		"before the 5th":            {slack.GetConversationHistoryParameters{Latest: all[5]}, 1, "4", "0"},
		"between, by two":           {slack.GetConversationHistoryParameters{Oldest: all[3], Latest: all[10], Limit: 2}, 3, "9", "4"},
		"oldest alone begins there": {slack.GetConversationHistoryParameters{Oldest: all[3], Limit: 10}, 3, "13", "24"},
		"exactly one":               {slack.GetConversationHistoryParameters{Oldest: all[7], Latest: all[7], Inclusive: true, Limit: 1}, 1, "7", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			pages := read(tt.p)
			lastPage := pages[len(pages)-1]
			last := lastPage[len(lastPage)-1]
			if name == "oldest alone begins there" {
				last = lastPage[0]
			}
			if len(pages) != tt.pages || pages[0][0] != tt.first || last != tt.last {
				t.Errorf("pages %v", pages)
			}
		})
	}
	_, err := c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: DeskChannel, Cursor: "nonsense"})
	want(t, err, "invalid_cursor")
}

func TestRepliesPagesHaveTheFirstMessageOnce(t *testing.T) {
	s := start(t, Quick())
	c, rosa := client(s), s.Staff("U1", "Rosa", true)
	parent := must[string](t)(rosa.Post(DeskChannel, "first"))
	var replies []string
	for i := range 9 {
		replies = append(replies, must[string](t)(rosa.Reply(parent, fmt.Sprint(i))))
	}
	p := slack.GetConversationRepliesParameters{ChannelID: DeskChannel, Timestamp: parent, Limit: 4}
	var texts []string
	for {
		page, more, next, err := c.GetConversationReplies(&p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			texts = append(texts, m.Text)
		}
		if p.Cursor = next; !more {
			break
		}
	}
	if got := strings.Join(texts, " "); got != "first 0 1 2 3 4 5 6 7 8" {
		t.Errorf("read %s", got)
	}
	page, _, _, _ := c.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: DeskChannel, Timestamp: parent, Oldest: replies[6]})
	if len(page) != 3 || page[0].Text != "first" || page[1].Text != "7" || page[0].ReplyCount != 9 {
		t.Errorf("after the seventh: %+v", page)
	}
	_, _, _, err := c.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: DeskChannel, Timestamp: "5.000000"})
	want(t, err, "thread_not_found")
}

func TestMetadataAreInHistoryOnlyWhenAskedFor(t *testing.T) {
	s := start(t, Quick())
	c := client(s)
	for _, key := range []string{"a", "b", "a"} {
		meta := slack.SlackMetadata{EventType: "outbox_row", EventPayload: map[string]any{"key": key}}
		if _, _, err := c.PostMessage(DeskChannel, slack.MsgOptionText("x", false), slack.MsgOptionMetadata(meta)); err != nil {
			t.Fatal(err)
		}
	}
	for _, all := range []bool{false, true} {
		got := must[*slack.GetConversationHistoryResponse](t)(c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: DeskChannel, IncludeAllMetadata: all, Limit: 1}))
		m := got.Messages[0].Metadata
		if m.EventType != "outbox_row" || (m.EventPayload["key"] == "a") != all {
			t.Errorf("include_all_metadata %v: %+v", all, m)
		}
	}
	if n := s.MetadataCounts("key"); n["a"] != 2 || n["b"] != 1 || len(n) != 2 {
		t.Errorf("counts %v", n)
	}
}

func TestEphemeralIsForOnePersonAndNotInHistory(t *testing.T) {
	s := start(t, Quick())
	c, rosa, ben := client(s), s.Staff("U1", "Rosa", true), s.Staff("U2", "Ben", false)
	if _, err := c.PostEphemeral(DeskChannel, "U1", slack.MsgOptionText("for you", false)); err != nil {
		t.Fatal(err)
	}
	_, err := c.PostEphemeral(DeskChannel, ben.ID(), slack.MsgOptionText("x", false))
	want(t, err, "user_not_in_channel")
	if got := rosa.Ephemerals(); len(got) != 1 || got[0].Shown != "for you" || !got[0].Ephemeral {
		t.Errorf("shown %+v", got)
	}
	h := must[*slack.GetConversationHistoryResponse](t)(c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: DeskChannel}))
	if len(h.Messages) != 0 {
		t.Errorf("history %+v", h.Messages)
	}
}

func TestJSONAndFormBodiesAreTaken(t *testing.T) {
	s := start(t, Quick())
	post := func(method, kind, body string) (out struct {
		OK       bool
		Error    string
		Warning  string
		Messages []json.RawMessage
	}) {
		req, _ := http.NewRequest(http.MethodPost, s.URL()+method, strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		if strings.Contains(kind, "json") {
			req.Header.Set("Authorization", "Bearer "+s.BotToken())
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	form := "token=" + s.BotToken() + "&channel=" + DeskChannel
	if r := post("chat.postMessage", "application/x-www-form-urlencoded", form+"&text=a"); !r.OK || r.Warning != "" {
		t.Errorf("form: %+v", r)
	}
	if r := post("chat.postMessage", "application/json", `{"channel":"`+DeskChannel+`","text":"b","blocks":[{"type":"divider"}]}`); !r.OK || r.Warning != "missing_charset" {
		t.Errorf("JSON: %+v", r)
	}
	if r := post("chat.postMessage", "application/json; charset=utf-8", `{"channel":`); r.Error != "invalid_json" {
		t.Errorf("broken JSON: %+v", r)
	}
	if r := post("conversations.history", "application/json", `{"channel":"`+DeskChannel+`"}`); r.Error != "channel_not_found" {
		t.Errorf("a form-only method read JSON: %+v", r)
	}
	if r := post("chat.meMessage", "application/json", `{}`); r.Error != "unknown_method" {
		t.Errorf("unknown method: %+v", r)
	}
}

func TestBotsTextIsEscapedAndLinked(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	for text, kept := range map[string]string{
		"a & b":                     "a &amp; b",
		"1 < 2 > 0":                 "1 &lt; 2 &gt; 0",
		"a &amp; b &lt;":            "a &amp; b &lt;",
		"hi <@U1> and <!here>":      "hi <@U1> and <!here>",
		"<b>bold</b>":               "&lt;b&gt;bold&lt;/b&gt;",
		"see https://a.org/x?y=1.":  "see <https://a.org/x?y=1>.",
		"<https://a.org|our page>":  "<https://a.org|our page>",
		"<script:alert> ¿Qué pasó?": "&lt;script:alert&gt; ¿Qué pasó?",
	} {
		if got := fromBot(text); got != kept {
			t.Errorf("fromBot(%q) = %q, want %q", text, got, kept)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for typed, tt := range map[string]struct{ kept, shown string }{
		"a<b & c":                   {"a&lt;b &amp; c", "a<b & c"},
		"@imrbot help @Rosa":        {"<@" + BotUserID + "> help <@U1>", "@imrbot help @Rosa"},
		"@Rosalind":                 {"@Rosalind", "@Rosalind"},
		"mail ana@plan.example.org": {"mail <mailto:ana@plan.example.org|ana@plan.example.org>", "mail ana@plan.example.org"},
		"see dmhc.ca.gov/file":      {"see <http://dmhc.ca.gov/file|dmhc.ca.gov/file>", "see dmhc.ca.gov/file"},
		"https://x.org/a?b=1&c=2!":  {"<https://x.org/a?b=1&amp;c=2>!", "https://x.org/a?b=1&c=2!"},
		"ok 👍":                      {"ok :+1:", "ok 👍"},
		"<@U1>":                     {"&lt;@U1&gt;", "<@U1>"},
		">> a 🙏":                    {"&gt;&gt; a :pray:", ">> a 🙏"},
	} {
		if got := s.fromPerson(typed); got != tt.kept {
			t.Errorf("fromPerson(%q) = %q, want %q", typed, got, tt.kept)
		}
		if got := s.shown(tt.kept); got != tt.shown {
			t.Errorf("shown(%q) = %q, want %q", tt.kept, got, tt.shown)
		}
	}
	_ = rosa
}

func TestReactionsAndPermalinks(t *testing.T) {
	s := start(t, Quick())
	c, rosa := client(s), s.Staff("U1", "Rosa", true)
	ts := must[string](t)(rosa.Post(DeskChannel, "x"))
	item := slack.NewRefToMessage(DeskChannel, ts)
	if err := c.AddReaction("eyes", item); err != nil {
		t.Fatal(err)
	}
	want(t, c.AddReaction("eyes", item), "already_reacted")
	want(t, c.AddReaction("Not An Emoji", item), "invalid_name")
	if m, _ := rosa.Message(ts); len(m.Reactions["eyes"]) != 1 {
		t.Errorf("reactions %v", m.Reactions)
	}
	if err := c.RemoveReaction("eyes", item); err != nil {
		t.Fatal(err)
	}
	want(t, c.RemoveReaction("eyes", item), "no_reaction")
	link, err := c.GetPermalink(&slack.PermalinkParameters{Channel: DeskChannel, Ts: ts})
	if err != nil || !strings.Contains(link, "/archives/"+DeskChannel+"/p"+strings.Replace(ts, ".", "", 1)) {
		t.Errorf("permalink %s, %v", link, err)
	}
}

func TestPeopleAndChannelsAreListed(t *testing.T) {
	s := start(t, Quick())
	c := client(s)
	for i := range 7 {
		s.Staff(fmt.Sprintf("U%d", i), fmt.Sprintf("Person %d", i), i%2 == 0)
	}
	s.SetUserGroup("S1", "U1", "U3")
	s.AddChannel("C2", "public", false, false)
	members, next, err := c.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: DeskChannel, Limit: 3})
	if err != nil || len(members) != 3 || next == "" {
		t.Errorf("members %v %q %v", members, next, err)
	}
	more, next, err := c.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: DeskChannel, Limit: 3, Cursor: next})
	if err != nil || len(more) != 2 || next != "" {
		t.Errorf("then %v %q %v", more, next, err)
	}
	users := must[[]slack.User](t)(c.GetUsers())
	if len(users) != 8 {
		t.Errorf("%d users", len(users))
	}
	if group := must[[]string](t)(c.GetUserGroupMembers("S1")); len(group) != 2 {
		t.Errorf("group %v", group)
	}
	_, err = c.GetUserGroupMembers("S2")
	want(t, err, "no_such_subteam")
	_, err = c.GetUserInfo("U99")
	want(t, err, "user_not_found")
	s.Staff("U4", "", true).Deactivate()
	if u := must[*slack.User](t)(c.GetUserInfo("U4")); !u.Deleted || u.RealName != "Person 4" {
		t.Errorf("user %+v", u)
	}
	if ch := must[*slack.Channel](t)(c.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C2"})); ch.IsMember || ch.Name != "public" {
		t.Errorf("channel %+v", ch)
	}
	if _, _, _, err := c.JoinConversation("C2"); err != nil {
		t.Error(err)
	}
	if _, _, err := c.PostMessage("C2", slack.MsgOptionText("here", false)); err != nil {
		t.Error(err)
	}
	if team := must[*slack.TeamInfo](t)(c.GetTeamInfo()); team.ID != TeamID {
		t.Errorf("team %+v", team)
	}
}

func TestErrorsNameTheirPlace(t *testing.T) {
	s := start(t, Quick())
	_, _, err := client(s).PostMessage(DeskChannel, slack.MsgOptionBlocks(section("ok"), section(strings.Repeat("x", 3001))))
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) || len(said.ResponseMetadata.Messages) != 1 || !strings.Contains(said.ResponseMetadata.Messages[0], "/blocks/1") {
		t.Errorf("%+v", said)
	}
}
