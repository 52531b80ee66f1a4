package slacktest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func modal(title string, blocks ...slack.Block) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(title), Submit: plain("Send"), Close: plain("Cancel"), CallbackID: "reply",
		PrivateMetadata: "ticket-7", NotifyOnClose: true, Blocks: slack.Blocks{BlockSet: blocks},
	}
}

func textInput(block, label string) *slack.InputBlock {
	return slack.NewInputBlock(block, plain(label), nil, slack.NewPlainTextInputBlockElement(nil, "text"))
}

func choice(block string, values ...string) *slack.InputBlock {
	var all []*slack.OptionBlockObject
	for _, v := range values {
		all = append(all, slack.NewOptionBlockObject(v, plain("Option "+v), nil))
	}
	return slack.NewInputBlock(block, plain("Language"), nil, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "lang", all...))
}

// card posts a message with a button and returns its ts.
func card(t *testing.T, s *Server) string {
	t.Helper()
	_, ts, err := client(s).PostMessage(DeskChannel, slack.MsgOptionBlocks(section("card"), buttonRow("claim", "7", "Claim")))
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func TestPressBringsTriggerMessageAndResponseURL(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	ts := card(t, s)
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	a := connect(t, s)
	press := must[*Interaction](t)(rosa.Press(ts, "claim", "7"))
	got := callback(t, a.take(t))
	act := got.ActionCallback.BlockActions[0]
	if got.Type != slack.InteractionTypeBlockActions || act.ActionID != "claim" || act.Value != "7" || got.User.ID != "U1" ||
		got.Container.MessageTs != ts || got.Message.Timestamp != ts || got.TriggerID != press.TriggerID || got.Channel.Name != "privategroup" {
		t.Errorf("callback %+v", got)
	}
	if err := press.Await(within(t)); err != nil {
		t.Error(err)
	}
	_, _, err := client(s).PostMessage(DeskChannel, slack.MsgOptionText("taken", false), slack.MsgOptionReplaceOriginal(got.ResponseURL))
	if err != nil {
		t.Error(err)
	}
	if m, _ := rosa.Message(ts); m.Shown != "taken" || len(m.Buttons) != 0 {
		t.Errorf("replaced %+v", m)
	}
	if _, err := rosa.Press(ts, "claim", "7"); err == nil {
		t.Error("a button that is gone was pressed")
	}
}

func TestStalePressStillArrives(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	ts := card(t, s)
	looked, _ := rosa.Message(ts)
	client(s).UpdateMessage(DeskChannel, ts, slack.MsgOptionText("done", false))
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	a := connect(t, s)
	if _, err := rosa.PressStale(looked, "claim", ""); err != nil {
		t.Fatal(err)
	}
	if got := callback(t, a.take(t)); got.Message.Text != "done" || got.ActionCallback.BlockActions[0].Value != "7" {
		t.Errorf("callback %+v", got)
	}
}

func TestPressWithoutAnAckFailsAndIsNotRetried(t *testing.T) {
	o := Quick()
	o.AckTimeout = 20 * time.Millisecond
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	ts := card(t, s)
	if err := must[*Interaction](t)(rosa.Press(ts, "claim", "")).Await(within(t)); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("without a socket: %v", err)
	}
	connect(t, s)
	if err := must[*Interaction](t)(rosa.Press(ts, "claim", "")).Await(within(t)); err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("without an ack: %v", err)
	}
	n := 0
	for _, d := range s.Deliveries() {
		if d.Kind == "interactive" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d deliveries of two presses", n)
	}
}

func TestTriggerDiesAndIsGoodOnce(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	one, two := rosa.Shortcut("x"), rosa.Shortcut("x")
	if _, err := c.OpenView(one.TriggerID, modal("Reply", textInput("b", "Text"))); err != nil {
		t.Fatal(err)
	}
	_, err := c.OpenView(one.TriggerID, modal("Reply", textInput("b", "Text")))
	want(t, err, "exchanged_trigger_id")
	s.ExpireTriggers()
	_, err = c.OpenView(two.TriggerID, modal("Reply", textInput("b", "Text")))
	want(t, err, "expired_trigger_id")
	_, err = c.OpenView("nonsense", modal("Reply", textInput("b", "Text")))
	want(t, err, "invalid_trigger_id")
	_, err = c.OpenView(rosa.Shortcut("x").TriggerID, modal(strings.Repeat("long ", 5), textInput("b", "Text")))
	want(t, err, "invalid_arguments")
}

// open opens a modal for a person and returns what shows.
func open(t *testing.T, s *Server, p *Staff, v slack.ModalViewRequest) View {
	t.Helper()
	if _, err := client(s).OpenView(p.Shortcut("x").TriggerID, v); err != nil {
		t.Fatal(err)
	}
	shown, ok := p.View()
	if !ok {
		t.Fatal("no view")
	}
	return shown
}

func TestSubmissionCarriesWhatWasTyped(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	v := open(t, s, rosa, modal("Reply", section("They wrote: hi"), textInput("body", "Text"), choice("language", "en", "es")))
	if v.Title != "Reply" || v.Shown != "They wrote: hi\nText\nLanguage" || len(v.Inputs) != 2 || v.PrivateMetadata != "ticket-7" {
		t.Errorf("view %+v", v)
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string]map[string]string{
		"required": {"body": "hello"}, "no such option": {"body": "x", "lang": "fr"}, "no such input": {"nose": "x"},
		"too long": {"body": strings.Repeat("x", 3001), "lang": "en"},
	} {
		if _, err := rosa.Submit(v, values); err == nil {
			t.Errorf("%s: submitted", name)
		}
	}
	a := connect(t, s)
	sent := must[*Interaction](t)(rosa.Submit(v, map[string]string{"body": "hello", "lang": "Option es"}))
	got := callback(t, a.take(t))
	values := got.View.State.Values
	if got.Type != slack.InteractionTypeViewSubmission || values["body"]["text"].Value != "hello" ||
		values["language"]["lang"].SelectedOption.Value != "es" || got.View.PrivateMetadata != "ticket-7" || got.View.CallbackID != "reply" {
		t.Errorf("callback %+v", got)
	}
	if err := sent.Await(within(t)); err != nil {
		t.Error(err)
	}
	if _, ok := rosa.View(); ok {
		t.Error("an ack without an answer left the view open")
	}
}

func TestAnswersToASubmission(t *testing.T) {
	for name, tt := range map[string]struct {
		answer any
		fails  bool
		shows  func(View, bool) bool
	}{
		"errors": {slack.NewErrorsViewSubmissionResponse(map[string]string{"body": "Too short."}), false,
			func(v View, ok bool) bool {
				return ok && v.Inputs[0].Error == "Too short." && v.Inputs[0].Value == "hi"
			}},
		"errors at no input": {slack.NewErrorsViewSubmissionResponse(map[string]string{"nose": "?"}), true,
			func(v View, ok bool) bool { return ok }},
		"update": {slack.NewUpdateViewSubmissionResponse(new(modal("Sent", section("done")))), false,
			func(v View, ok bool) bool { return ok && v.Title == "Sent" && v.Depth == 1 }},
		"push": {slack.NewPushViewSubmissionResponse(new(modal("Sure?", section("sure?")))), false,
			func(v View, ok bool) bool { return ok && v.Title == "Sure?" && v.Depth == 2 }},
		"clear": {slack.NewClearViewSubmissionResponse(), false, func(_ View, ok bool) bool { return !ok }},
		"nonsense": {map[string]string{"response_action": "dance"}, true,
			func(_ View, ok bool) bool { return ok }},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Quick())
			rosa := s.Staff("U1", "Rosa", true)
			v := open(t, s, rosa, modal("Reply", textInput("body", "Text")))
			if err := s.AwaitQuiet(within(t)); err != nil {
				t.Fatal(err)
			}
			a := connect(t, s)
			sent := must[*Interaction](t)(rosa.Submit(v, map[string]string{"body": "hi"}))
			a.take(t, tt.answer)
			if err := sent.Await(within(t)); (err != nil) != tt.fails {
				t.Errorf("outcome %v", err)
			}
			if v, ok := rosa.View(); !tt.shows(v, ok) {
				t.Errorf("shows %v %+v", ok, v)
			}
		})
	}
}

func TestViewsStackUpdateAndClose(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	v := open(t, s, rosa, modal("One", textInput("body", "Text")))
	if err := rosa.Type(map[string]string{"body": "draft"}); err != nil {
		t.Fatal(err)
	}
	two := modal("Two", textInput("body", "Text"), section("more"))
	two.ExternalID = "ticket-7"
	if _, err := c.UpdateView(two, "", v.Hash+"0", v.ID); err == nil {
		t.Error("an old hash was taken")
	} else {
		want(t, err, "hash_conflict")
	}
	if _, err := c.UpdateView(two, "", v.Hash, v.ID); err != nil {
		t.Fatal(err)
	}
	if v, _ := rosa.View(); v.Title != "Two" || v.Inputs[0].Value != "draft" {
		t.Errorf("updated %+v", v)
	}
	_, err := c.PushView(rosa.Shortcut("x").TriggerID, two)
	want(t, err, "duplicate_external_id")
	for i := 2; i <= 3; i++ {
		if _, err := c.PushView(rosa.Shortcut("x").TriggerID, modal(fmt.Sprint(i), section("x"))); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.PushView(rosa.Shortcut("x").TriggerID, modal("4", section("x")))
	want(t, err, "push_limit_reached")
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	a := connect(t, s)
	if err := rosa.CloseView(); err != nil {
		t.Fatal(err)
	}
	if got := callback(t, a.take(t)); got.Type != slack.InteractionTypeViewClosed || got.View.Title.Text != "3" || got.IsCleared {
		t.Errorf("callback %+v", got)
	}
	if v, _ := rosa.View(); v.Title != "2" {
		t.Errorf("shows %+v", v)
	}
	_, err = c.UpdateView(two, "no-such", "", "")
	want(t, err, "not_found")
}

func TestHomeIsPublishedAndPressed(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	home := func(text string) slack.HomeTabViewRequest {
		return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{section(text), buttonRow("refresh", "", "Refresh")}}}
	}
	first := must[*slack.ViewResponse](t)(c.PublishView("U1", home("Queue: 1"), ""))
	must[*slack.ViewResponse](t)(c.PublishView("U1", home("Queue: 2"), first.Hash))
	_, err := c.PublishView("U1", home("Queue: 3"), first.Hash)
	want(t, err, "hash_conflict")
	if v, ok := rosa.Home(); !ok || v.Shown != "Queue: 2" || v.Type != "home" || len(v.Buttons) != 1 {
		t.Errorf("home %+v", v)
	}
	a := connect(t, s)
	must[*Interaction](t)(rosa.PressHome("refresh", ""))
	if got := callback(t, a.take(t)); got.Container.Type != "view" || got.View.Type != slack.VTHomeTab || got.ResponseURL != "" {
		t.Errorf("callback %+v", got)
	}
	rosa.OpenHome()
	a.take(t)
	if f := s.Fates(); f[len(f)-1].Event != "app_home_opened" {
		t.Errorf("events %+v", f)
	}
}

func TestSlashCommandIsAnsweredInItsAck(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	said := rosa.Slash("/imr", " queue ")
	cmd := a.take(t, map[string]any{"text": "2 waiting", "response_type": "ephemeral"}).Data.(slack.SlashCommand)
	if cmd.Command != "/imr" || cmd.Text != "queue" || cmd.UserID != "U1" || cmd.ChannelID != DeskChannel || cmd.TriggerID != said.TriggerID {
		t.Errorf("command %+v", cmd)
	}
	if err := said.Await(within(t)); err != nil {
		t.Fatal(err)
	}
	if m, err := rosa.AwaitEphemeral(within(t), isBot); err != nil || m.Shown != "2 waiting" {
		t.Errorf("%+v %v", m, err)
	}
	for i := range 6 {
		_, _, err := client(s).PostMessage(DeskChannel, slack.MsgOptionText(fmt.Sprint(i), false), slack.MsgOptionResponseURL(cmd.ResponseURL, "ephemeral"))
		if code, ok := err.(slack.StatusCodeError); (i < 5) != (err == nil) || i == 5 && (!ok || code.Code != 404) {
			t.Errorf("post %d: %v", i, err)
		}
	}
	if n := len(rosa.Ephemerals()); n != 6 {
		t.Errorf("%d ephemeral messages", n)
	}
}

func TestEphemeralCardIsPressedReplacedAndDismissed(t *testing.T) {
	s := start(t, Quick())
	rosa, c := s.Staff("U1", "Rosa", true), client(s)
	must[string](t)(c.PostEphemeral(DeskChannel, "U1", slack.MsgOptionBlocks(section("history"), buttonRow("hide", "", "Hide"))))
	a := connect(t, s)
	shown := rosa.Ephemerals()[0]
	must[*Interaction](t)(rosa.Press(shown.TS, "hide", ""))
	got := callback(t, a.take(t))
	if !got.Container.IsEphemeral || got.Message.Timestamp != "" {
		t.Errorf("callback %+v", got)
	}
	if _, _, err := c.PostMessage(DeskChannel, slack.MsgOptionText("shorter", false), slack.MsgOptionReplaceOriginal(got.ResponseURL)); err != nil {
		t.Fatal(err)
	}
	if m := rosa.Ephemerals()[0]; m.Shown != "shorter" || m.TS != shown.TS {
		t.Errorf("replaced %+v", m)
	}
	if _, _, err := c.PostMessage(DeskChannel, slack.MsgOptionDeleteOriginal(got.ResponseURL)); err != nil {
		t.Fatal(err)
	}
	if n := len(rosa.Ephemerals()); n != 0 {
		t.Errorf("%d ephemeral messages are left", n)
	}
}

func TestShortcutsTellTheirCallback(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	ts := must[string](t)(rosa.Post(DeskChannel, "hello"))
	a.take(t)
	rosa.Shortcut("teach")
	if got := callback(t, a.take(t)); got.Type != slack.InteractionTypeShortcut || got.CallbackID != "teach" {
		t.Errorf("callback %+v", got)
	}
	must[*Interaction](t)(rosa.MessageShortcut(ts, "send"))
	if got := callback(t, a.take(t)); got.Type != slack.InteractionTypeMessageAction || got.CallbackID != "send" || got.Message.Text != "hello" || got.ResponseURL == "" {
		t.Errorf("callback %+v", got)
	}
}

func TestMenusAreChosenFrom(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "to", slack.NewOptionBlockObject("U2", plain("Ben"), nil))
	person := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, nil, "who")
	_, ts, err := client(s).PostMessage(DeskChannel, slack.MsgOptionBlocks(slack.NewActionBlock("hand", menu, person)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	a := connect(t, s)
	must[*Interaction](t)(rosa.Press(ts, "to", "Ben"))
	if act := callback(t, a.take(t)).ActionCallback.BlockActions[0]; act.SelectedOption.Value != "U2" || act.BlockID != "hand" {
		t.Errorf("action %+v", act)
	}
	must[*Interaction](t)(rosa.Press(ts, "who", "U9"))
	if act := callback(t, a.take(t)).ActionCallback.BlockActions[0]; act.SelectedUser != "U9" {
		t.Errorf("action %+v", act)
	}
}
