package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// answers are what an enrollee says when asked for a fact; all else is skipped.
var answers = map[string]string{"filer": "me", "problem": "they said no", "serious_threat": "no", "coverage": "union", "self_funded": "no",
	"regulator": "i dont know", "pharmacy_benefit": "no", "reason": "not medically necessary", "service": "physical therapy", "grievance_date": "2026-03-20",
	"decision_date": "2026-04-15", "denial_date": "2026-03-01", "first_name": "Rosa", "last_name": "Delgado", "date_of_birth": "1971-04-12",
	"street": "455 E 5th st", "city": "Fresno", "state": "CA", "zip": "93701", "phone": "(559) 555-0142", "plan_name": "Blue Shield",
	"membership_number": "XEA1", "condition": "torn rotator cuff", "care_received": "no", "story": "I fell at home."}

// tell gives one line to a bot: "[value]" presses a button of the newest rows,
// everything else is typed.
func tell(t *testing.T, b *bot.Bot, n int, rows []bot.Outgoing, line string) []bot.Outgoing {
	t.Helper()
	in := text("c:1", fmt.Sprint("line:", n), line)
	if strings.HasPrefix(line, "[") {
		in.Kind, in.Node, in.Value, in.Text = bot.InPress, rows[len(rows)-1].Say.Node, strings.Trim(line, "[]"), ""
	}
	rows, err := b.Handle(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// handIn walks an enrollee from the beginning to an intake that is handed in, and
// returns all rows, and apart those of the last turn.
func handIn(t *testing.T, b *bot.Bot) (all, last []bot.Outgoing) {
	t.Helper()
	line := "[file]"
	rows := tell(t, b, 0, nil, "hello")
	for n := 1; n < 100; n++ {
		rows = tell(t, b, n, rows, line)
		if line == "[submit]" {
			return all, rows
		}
		all = append(all, rows...)
		newest := rows[len(rows)-1].Say
		offers := func(value string) bool {
			return slices.ContainsFunc(newest.Buttons, func(b dialog.Button) bool { return b.Value == value })
		}
		switch {
		case offers("agree"):
			line = "[agree]"
		case offers("submit"):
			line = "[submit]"
		case answers[newest.Fact] != "":
			line = answers[newest.Fact]
		case offers("skip"):
			line = "[skip]"
		case offers("yes"):
			line = "[yes]"
		default:
			line = "none"
		}
	}
	t.Fatal("the interview has no end")
	return nil, nil
}

// newsIn lists the news among rows.
func newsIn(rows []bot.Outgoing) []bot.Handoff {
	var news []bot.Handoff
	for _, row := range rows {
		if row.Handoff != nil {
			news = append(news, *row.Handoff)
		}
	}
	return news
}

func TestEveryNewsOfAnIntakeHasAKeyOfItsOwnAndErasingTellsOfWhatStays(t *testing.T) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := newMemory()
	b := bot.New(bot.Config{Store: store, Reader: parrot{}, Interview: interview, Handoff: true})
	before, rows := handIn(t, b)
	if news := newsIn(before); len(news) != 0 {
		t.Errorf("news of a draft: %+v", news)
	}
	submitted := newsIn(rows)
	if len(submitted) != 1 || submitted[0].Event != bot.HandoffSubmitted || len(submitted[0].Key) < 26 {
		t.Fatalf("%+v in %+v", submitted, rows)
	}
	ref := submitted[0].Ref
	status := bot.Inbound{Chat: "c:1", Key: "s:1", Kind: bot.InStatus, Ref: ref, Status: dialog.StatusReview, Actor: "U1", At: time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)}
	rows, err = b.Handle(t.Context(), status)
	if err != nil {
		t.Fatal(err)
	}
	changed := newsIn(rows)
	kept := newsIn(tell(t, b, 201, tell(t, b, 200, nil, "/forget"), "yes"))
	for what, news := range map[string][]bot.Handoff{"status": changed, "erased": kept} {
		if len(news) != 1 || news[0].Event != bot.HandoffChanged || news[0].Ref != ref {
			t.Errorf("%s: %+v", what, news)
		}
	}
	if a, b, c := submitted[0].Key, changed[0].Key, kept[0].Key; a == b || b == c || a == c {
		t.Errorf("keys %q, %q, %q", a, b, c)
	}
}

func TestNobodyIsToldOfIntakesUnlessTheOperatorWantsIt(t *testing.T) {
	store := newMemory()
	all, last := handIn(t, newBot(t, store))
	if news := newsIn(append(all, last...)); len(news) != 0 {
		t.Errorf("%+v", news)
	}
	if len(store.intakes) != 1 {
		t.Errorf("%d intakes", len(store.intakes))
	}
}
