package dialog

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"testing"
	"time"
)

var (
	someHead = Head{At: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), Today: Date{2026, 6, 1}, Ref: "A-2026-000001", Message: "m1"}
	someRead = Reading{Kind: ReadAnswer, Lang: "es", LangSure: true, Hits: []Hit{{ID: "a", Title: "A", Score: 0.5, Answer: "B"}}}
	someWord = "x"
)

// every holds one filled value of each event and effect.
var everyEvent = []Event{
	Started{someHead, "es", "deadline", someRead}, Resumed{someHead, "en"}, Said{someHead, "hola", someRead}, Edited{someHead, "hola", someRead},
	Pressed{someHead, "home", "file", someRead, "es"}, Sent{someHead, File{"1", "a.pdf", "application/pdf", 9}, "album", "es"},
	Received{someHead, ReceivedVoice, "es"}, Shared{someHead, "+14155550123"},
	StatusSet{someHead, "A-2026-000001", StatusFiled}, Reminded{someHead, "file-by:2026-10-15:30"},
	Missed{someHead, "file-by:2026-10-15:30", Date{2026, 9, 15}},
}

var everyEffect = []Effect{
	Say{"home", "problem", "Hi", []Button{{"Yes", "yes"}}},
	OpenTicket{TicketUrgent, "A-2026-000001", true, Date{2026, 6, 1}, "es"},
	StoreIntake{Intake{Ref: "A-2026-000001", Status: "draft", Created: someHead.At, Language: "es",
		Facts: map[string]*string{"a": &someWord, "b": nil}, Form: map[string]*string{}, Files: []File{{"1", "a", "b", 1}},
		Verdict: Verdict{Outcome: "o", Rule: "r", Results: []Result{{Key: "late", Type: TypeFlag, Yes: true}},
			Contacts: []Contact{}, Because: []Because{}, Sources: []Source{}}}},
	GiveData{}, Forget{},
}

func TestEveryEventAndEffectComesBackFromItsCodec(t *testing.T) {
	for _, e := range everyEvent {
		raw, err := EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeEvent(raw); err != nil || !reflect.DeepEqual(back, e) {
			t.Errorf("%#v came back as %#v, %v", e, back, err)
		}
	}
	for _, e := range everyEffect {
		raw, err := EncodeEffect(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeEffect(raw); err != nil || !reflect.DeepEqual(back, e) {
			t.Errorf("%#v came back as %#v, %v", e, back, err)
		}
	}
	for _, raw := range []string{"", "{", `{"kind":"unheard"}`, `{"kind":"said","data":[]}`} {
		if _, err := DecodeEvent([]byte(raw)); err == nil {
			t.Errorf("event %q was taken", raw)
		}
		if _, err := DecodeEffect([]byte(raw)); err == nil {
			t.Errorf("effect %q was taken", raw)
		}
	}
}

func TestNoEventAndNoEffectIsMissingFromTheCodecTest(t *testing.T) {
	for file, want := range map[string]int{"event.go": len(everyEvent), "effect.go": len(everyEffect)} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		kinds := 0
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == "kind" && f.Recv != nil {
				kinds++
			}
		}
		if kinds != want {
			t.Errorf("%s declares %d kinds, the test above holds %d", file, kinds, want)
		}
	}
}
