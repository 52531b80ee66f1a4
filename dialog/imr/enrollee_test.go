package imr_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

var (
	runs = flag.Int("runs", 1000, "seeded enrollees of each language to walk through the interview")
	seed = flag.Uint64("seed", 0, "walk this one enrollee only")
)

// maxTurns bounds one walk: an enrollee with every question asked, each with
// several detours, is far below it.
const maxTurns = 400

// An enrollee with a fact sheet in hand answers in every way the assistant
// knows, makes slips, digresses, changes language and mind, and comes to an end
// with the facts stored that they meant to tell.
func TestEveryEnrolleeReachesAnEndWithTheFactsTheyMeantToTell(t *testing.T) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range interview.Languages() {
		t.Run(lang, func(t *testing.T) {
			for n := uint64(1); n <= uint64(*runs); n++ {
				if *seed != 0 {
					n = *seed
				}
				e := newEnrollee(interview, lang, n)
				if err := e.walk(); err != nil {
					t.Fatalf("go test ./dialog/imr -run EveryEnrollee/%s -seed %d: %v\nlast lines:\n%s", lang, n, err, e.tail())
				}
				if *seed != 0 {
					break
				}
			}
		})
	}
}

// enrollee is somebody with a fact sheet.
type enrollee struct {
	*rand.Rand
	interview *dialog.Interview
	lang      string
	sheet     map[string]string // facts and form; absent means none, unknown or skip
	state     dialog.State
	head      dialog.Head
	log       []string
	newest    dialog.Say // the newest message with buttons
	open      dialog.Say // the newest message
	intake    *dialog.Intake
	edited    bool
	quiet     int // turns to behave well after a detour
}

func newEnrollee(interview *dialog.Interview, lang string, seed uint64) *enrollee {
	e := &enrollee{Rand: rand.New(rand.NewPCG(seed, 77)), interview: interview, lang: lang, sheet: map[string]string{}}
	e.head = dialog.Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: dialog.Date{Year: 2026, Month: 6, Day: 1}, Ref: "A-2026-000123"}
	e.drawFacts()
	for key, value := range map[string]string{
		"first_name": "Ana María", "last_name": "Núñez", "date_of_birth": "1960-05-05", "guardian_name": "Luz Núñez",
		"assistant_name": "Eva Paz", "assistant_relation": "hermana", "assistant_phone": "415-555-0100", "assistant_form_signed": "no",
		"street": "12 Main St", "city": "Fresno", "state": "CA", "zip": "93701", "phone": "559-555-0123", "email": "ana@example.com",
		"email_ok": "yes", "plan_name": "Blue Shield", "membership_number": "XYZ123456", "condition": "torn knee",
		"care_received": "yes", "care_date": "2026-02-02", "doctor_name": "Dr. Lee", "story": "They refused it twice.",
		"why_late": "I was in the hospital.", "more_questions": "yes", "gender": "F", "medi_cal_id": "91234567A",
	} {
		e.sheet[key] = value
	}
	return e
}

// drawFacts draws facts that go together.
func (e *enrollee) drawFacts() {
	rules := e.interview.Rules()
	for _, fact := range rules.Facts() {
		facts := dialog.Facts{}
		for _, f := range rules.Facts() {
			if v := e.sheet[f.Key]; v != "" {
				facts[f.Key] = v
			}
		}
		if fact.When != nil && !fact.When.Holds(rules.Scope().Env(facts, e.head.Today)) {
			continue
		}
		switch fact.Type {
		case dialog.TypeChoice:
			e.sheet[fact.Key] = fact.Values[e.IntN(len(fact.Values))]
		case dialog.TypeText:
			e.sheet[fact.Key] = "MRI of the knee"
		case dialog.TypeDate:
			if e.IntN(3) > 0 {
				e.sheet[fact.Key] = e.head.Today.AddDays(-e.IntN(400)).String()
			}
		}
	}
	if d, g := e.sheet["decision_date"], e.sheet["grievance_date"]; d != "" && g != "" && d < g {
		e.sheet["decision_date"], e.sheet["grievance_date"] = g, d
	}
}

func (e *enrollee) walk() error {
	if err := e.step(dialog.Started{Head: e.head, Lang: e.lang}); err != nil {
		return err
	}
	for turn := range maxTurns {
		outside := e.state.Verdict != nil && e.state.Verdict.Outcome == "outside" && e.state.Told != ""
		if e.state.Node == "" && turn > 0 && e.state.Pending == nil && (outside || e.state.Status != "") {
			return e.check()
		}
		if err := e.step(e.next()); err != nil {
			return err
		}
		if e.IntN(10) == 0 {
			if err := e.reminded(); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("no end after %d turns", maxTurns)
}

// next is what the enrollee does: mostly answer, now and then something else.
func (e *enrollee) next() dialog.Event {
	if e.quiet == 0 && e.IntN(6) == 0 {
		e.quiet = 2
		return e.detour()
	}
	e.quiet = max(e.quiet-1, 0)
	if e.state.Pending != nil {
		return e.pending()
	}
	switch {
	case e.state.Node == "":
		return e.press("file")
	case e.has("agree"):
		return e.press("agree")
	case e.has("submit"):
		if !e.edited {
			e.edited = true
			return e.said("edit", dialog.Reading{})
		}
		return e.press("submit")
	}
	return e.answer()
}

func (e *enrollee) pending() dialog.Event {
	switch e.state.Pending.Kind {
	case dialog.PendingConfirm:
		value := e.state.Pending.Value
		if value == e.meant() || e.meant() == "" && value == "none" {
			return e.press("yes")
		}
		return e.press("no")
	case dialog.PendingEdit:
		// Open an answer again, to give it once more.
		options := e.state.Pending.Options
		return e.press(options[e.IntN(len(options))])
	case dialog.PendingDoubt:
		if e.state.Pending.Value != e.sheet[e.state.Node] {
			return e.press("no")
		}
		return e.press("yes")
	case dialog.PendingEntry:
		return e.press("none")
	case dialog.PendingPause:
		return e.press("yes")
	}
	return e.press("no")
}

// meant is what the sheet has for the open question.
func (e *enrollee) meant() string { return e.sheet[e.open.Fact] }

// answer answers the open question, in one of the ways there are.
func (e *enrollee) answer() dialog.Event {
	value := e.meant()
	if e.open.Fact == "" && e.has("yes") { // the optional page
		return e.press([]string{"yes", "no"}[e.IntN(2)])
	}
	if value == "" {
		for _, v := range []string{"none", "unknown", "skip"} {
			if e.has(v) {
				return e.press(v)
			}
		}
		return e.press("human")
	}
	for i, b := range e.newest.Buttons {
		if b.Value != value || e.newest.Node != e.open.Node {
			continue
		}
		switch e.IntN(4) {
		case 0:
			return e.said(strconv.Itoa(i+1), dialog.Reading{})
		case 1:
			return e.said(strings.ToUpper(b.Label), dialog.Reading{})
		case 2:
			return e.said(slip(b.Label), dialog.Reading{})
		}
		return e.press(value)
	}
	return e.said(value, dialog.Reading{})
}

// slip swaps two letters in the middle of a long label.
func slip(label string) string {
	r := []rune(label)
	if i := len(r) / 2; len(r) >= 12 && r[i] != ' ' && r[i+1] != ' ' {
		r[i], r[i+1] = r[i+1], r[i]
	}
	return string(r)
}

// detour is what people do besides answering.
func (e *enrollee) detour() dialog.Event {
	hit := []dialog.Hit{{ID: "imr-duration", Title: "How long?", Score: 0.9, Answer: "About 30 days."}, {ID: "privacy", Title: "Private?", Score: 0.4, Answer: "Yes."}}
	switch e.IntN(14) {
	case 0:
		return e.said("how long does this take?", dialog.Reading{Kind: dialog.ReadAnswer, Hits: hit[:1]})
	case 1:
		return e.said("what about my thing", dialog.Reading{Kind: dialog.ReadSuggest, Hits: hit})
	case 2:
		return e.said("i want to talk to a real person", dialog.Reading{Kind: dialog.ReadHuman})
	case 3:
		return e.said("i cant breathe", dialog.Reading{Kind: dialog.ReadCrisis})
	case 4:
		return dialog.Pressed{Head: e.head, Node: "older", Value: "denied"}
	case 5:
		return e.said("/back", dialog.Reading{})
	case 6:
		return e.said([]string{"español", "english"}[e.IntN(2)], dialog.Reading{})
	case 7:
		return e.said("   \x00\u200b ", dialog.Reading{})
	case 8:
		return e.said("@@@ ???? 🙂", dialog.Reading{})
	case 9:
		return dialog.Resumed{Head: e.head}
	case 10:
		return e.said([]string{"/help", "/privacy", "/status", "/start", "/nonsense", "/why"}[e.IntN(6)], dialog.Reading{})
	case 11:
		return dialog.Sent{Head: e.head, File: dialog.File{ID: fmt.Sprint(len(e.state.Files)), Name: "letter.jpg", Type: "image/jpeg"}}
	case 12:
		return e.said([]string{"my data", "borrar mis datos", "/forget", "stop reminders", "start reminders", "no más avisos"}[e.IntN(6)], dialog.Reading{})
	default:
		return e.said("/cancel", dialog.Reading{})
	}
}

func (e *enrollee) has(value string) bool {
	return slices.ContainsFunc(e.open.Buttons, func(b dialog.Button) bool { return b.Value == value })
}

func (e *enrollee) press(value string) dialog.Event {
	return dialog.Pressed{Head: e.head, Node: e.newest.Node, Value: value}
}

func (e *enrollee) said(text string, r dialog.Reading) dialog.Event {
	return dialog.Said{Head: e.head, Text: text, Reading: r}
}

// step takes an event through the engine and the state through its codec, and
// checks what holds after every step.
func (e *enrollee) step(ev dialog.Event) error {
	e.log = append(e.log, fmt.Sprintf("> %T %+v", ev, ev))
	state, effects := e.interview.Step(e.state, ev)
	raw, err := dialog.EncodeState(state)
	if err != nil {
		return err
	}
	if e.state, err = dialog.DecodeState(raw); err != nil {
		return err
	}
	says := 0
	for _, effect := range effects {
		switch effect := effect.(type) {
		case dialog.Say:
			says++
			e.log = append(e.log, fmt.Sprintf("  (%s %s) %q %v", effect.Node, effect.Fact, effect.Text, effect.Buttons))
			e.open = effect
			if len(effect.Buttons) > 0 {
				e.newest = effect
			}
			if strings.TrimSpace(effect.Text) == "" || len(effect.Text) > dialog.MaxSay || strings.Contains(effect.Text, "<no value>") {
				return fmt.Errorf("a message is empty, too long or has an open blank: %q", effect.Text)
			}
		case dialog.StoreIntake:
			e.intake = &effect.Intake
		}
	}
	if says == 0 {
		return fmt.Errorf("nothing was said to %T", ev)
	}
	return nil
}

// check compares the stored facts with the sheet.
func (e *enrollee) check() error {
	if e.intake == nil {
		if e.state.Verdict.Outcome == "outside" {
			return nil
		}
		return fmt.Errorf("outcome %s, and no intake", e.state.Verdict.Outcome)
	}
	facts := dialog.Facts{}
	for key, stored := range e.intake.Facts {
		got := ""
		if stored != nil {
			got = *stored
			facts[key] = got
		}
		if got != e.sheet[key] {
			return fmt.Errorf("fact %s: %q is stored, %q was meant", key, got, e.sheet[key])
		}
	}
	for key, stored := range e.intake.Form {
		if key == "letters" || key == "language" || key == "letters_in_language" || key == "race_ethnicity" {
			continue
		}
		got := ""
		if stored != nil {
			got = *stored
		}
		if got != e.sheet[key] {
			return fmt.Errorf("form %s: %q is stored, %q was meant", key, got, e.sheet[key])
		}
	}
	meant := dialog.Facts{}
	for _, f := range e.interview.Rules().Facts() {
		if v := e.sheet[f.Key]; v != "" {
			meant[f.Key] = v
		}
	}
	want, err := e.interview.Rules().Assess(meant, e.head.Today)
	if err != nil {
		return fmt.Errorf("the sheet itself: %w", err)
	}
	if got := e.intake.Verdict; got.Rule != want.Rule || got.Date("file_by") != want.Date("file_by") || got.Flag("urgent") != want.Flag("urgent") {
		return fmt.Errorf("verdict %s %v, want %s %v", got.Rule, got.Date("file_by"), want.Rule, want.Date("file_by"))
	}
	return nil
}

func (e *enrollee) tail() string { return strings.Join(e.log[max(0, len(e.log)-14):], "\n") }
