package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imrbot/bot/telegram/telegramtest"
	"imrbot/cmd/imrbot/config"
	"imrbot/dialog"
)

// This test runs the real program between a Bot API server and an operator's
// system of our own.

// person is what one enrollee answers when asked for a fact; "[value]" presses a
// button, and what is not here is skipped.
func person(lang string, i int) map[string]string {
	ago := func(days int) string { return time.Now().AddDate(0, 0, -days).Format(time.DateOnly) }
	a := map[string]string{"filer": "[self]", "problem": "[denied]", "serious_threat": "[no]", "coverage": "[employer]", "self_funded": "[no]",
		"regulator": "[unknown]", "pharmacy_benefit": "[no]", "reason": "[not-medically-necessary]", "service": "physical therapy",
		"grievance_date": ago(40), "decision_date": ago(20), "denial_date": ago(60), "first_name": []string{"Rosa", "Ana", "Mary Ann"}[i/2], "middle_initial": "M",
		"last_name": "O'Delgado Ruiz", "date_of_birth": "1971-04-12", "gender": "[F]", "street": fmt.Sprintf("%d E 5th St apt 12", 400+i),
		"city": "Fresno", "state": "CA", "zip": "93701", "phone": fmt.Sprintf("(559) 555-01%02d", i), "email": fmt.Sprintf("rosa.delgado%d@example.com", i),
		"email_ok": "[yes]", "plan_name": "Blue Shield", "membership_number": fmt.Sprint("XEA90234", i), "employer": "city of fresno",
		"condition": "torn rotator cuff", "care_received": "[no]", "doctor_name": "Dr. Patel", "doctor_phone": "559 555 0177",
		"language": "Spanish", "letters_in_language": "[yes]", "race_ethnicity": "mexican american",
		"story": strings.TrimSpace(strings.Repeat("I fell at home. My doctor ordered 24 visits; they said “6 is <enough>” & no. ", 50))}
	if lang == "es" {
		for fact, said := range map[string]string{"first_name": []string{"Íñigo", "José Ángel", "Zoë"}[i/2], "last_name": "Ñandú-Güemes", "city": "Cañada", "service": "24 sesiones de fisioterapia", "condition": "hombro roto, ¡mucho dolor!",
			"employer": "la ciudad de Cañada", "race_ethnicity": "mexicano", "language": "español",
			"story": strings.TrimSpace(strings.Repeat("Me caí en la bañera. El médico pidió más sesiones, y el plan dijo: «no». ", 50))} {
			a[fact] = said
		}
	}
	return a
}

// walk asks the engine itself: it returns what an enrollee says, how many
// messages answer each, and the intake that is handed in.
func walk(t *testing.T, reader reader, lang string, answers map[string]string) (lines []string, counts []int, want dialog.Intake) {
	t.Helper()
	interview, err := loadInterview(&config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	day, err := legalDay("")
	if err != nil {
		t.Fatal(err)
	}
	var state dialog.State
	var newest dialog.Say
	last := ""
	for line := "/start"; len(lines) < 100; line = nextLine(newest, answers, lines) {
		now := time.Now()
		head := dialog.Head{At: now, Today: day(now), Ref: "A-2026-000001", Message: fmt.Sprint(len(lines))}
		var ev dialog.Event
		switch {
		case line == "/start":
			ev = dialog.Started{Head: head, Lang: lang}
		case line == "!photo":
			ev = dialog.Sent{Head: head, File: dialog.File{ID: "1"}}
		case strings.HasPrefix(line, "["):
			ev = dialog.Pressed{Head: head, Node: newest.Node, Value: strings.Trim(line, "[]")}
		default:
			ev = dialog.Said{Head: head, Text: line, Reading: reader.Read(line, lang)}
		}
		var effects []dialog.Effect
		state, effects = interview.Step(state, ev)
		lines, counts = append(lines, line), append(counts, 0)
		for _, effect := range effects {
			switch effect := effect.(type) {
			case dialog.Say:
				if text := refs.ReplaceAllString(effect.Text, "A-YYYY-NNNNNN"); text != last {
					counts[len(counts)-1]++
					last = text
				}
				newest = effect
			case dialog.StoreIntake:
				want = effect.Intake
			}
		}
		if line == "[submit]" {
			return lines, counts, want
		}
	}
	t.Fatalf("the interview has no end; last said at %s", newest.Node)
	return nil, nil, want
}

// nextLine is what an enrollee says to the newest message.
func nextLine(newest dialog.Say, answers map[string]string, said []string) string {
	offers := func(value string) bool {
		return slices.ContainsFunc(newest.Buttons, func(b dialog.Button) bool { return b.Value == value })
	}
	switch {
	case offers("agree"):
		return "[agree]"
	case offers("submit"):
		return "[submit]"
	case newest.Fact == "letters" && !slices.Contains(said, "!photo"):
		return "!photo"
	case answers[newest.Fact] != "":
		return answers[newest.Fact]
	case offers("file"):
		return "[file]"
	case offers("skip"):
		return "[skip]"
	case offers("yes"):
		return "[yes]"
	}
	return "none"
}

// same is an intake as it may be compared: without what each run makes anew.
func same(t *testing.T, in dialog.Intake) string {
	t.Helper()
	in.Ref, in.Created = "", time.Time{}
	in.Files = slices.Clone(in.Files)
	for i := range in.Files {
		in.Files[i] = dialog.File{}
	}
	in.Facts, in.Form = nil, nil // compared one by one
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// values lists the answers of an intake.
func values(in dialog.Intake) map[string]string {
	all := map[string]string{}
	for place, part := range map[string]map[string]*string{"facts": in.Facts, "form": in.Form} {
		for key, value := range part {
			all[place+"."+key] = "(none)"
			if value != nil {
				all[place+"."+key] = *value
			}
		}
	}
	delete(all, "form.letters") // the names are made as the files come
	return all
}

func TestEverySubmittedIntakeArrivesCompleteAtAReceiverThatFailsAndOverKills(t *testing.T) {
	if testing.Short() {
		t.Skip("two minutes of kills; left out with -short")
	}
	t.Parallel()
	seed := testSeed(t)
	const people = 6
	system, address := newOperatorSystem(t, seed, 0.3)
	server := newServer(t, telegramtest.Quick())
	b := newBot(t, server, "IMRBOT_HANDOFF_WEBHOOK_URL="+address, "IMRBOT_HANDOFF_WEBHOOK_SECRET="+handoffSecret)
	type visit struct {
		user   *telegramtest.User
		lines  []string
		counts []int
	}
	read, err := openReader(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var visits []visit
	want := map[string]dialog.Intake{} // by the first name, which differs
	for i := range people {
		lang := []string{"en", "es"}[i%2]
		lines, counts, intake := walk(t, read, lang, person(lang, i))
		want[*intake.Form["first_name"]] = intake
		visits = append(visits, visit{server.User(int64(7772000+i), lang), lines, counts})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	b.start()
	done := make(chan struct{})
	var killing sync.WaitGroup
	kills := 0
	rng := rand.New(rand.NewPCG(seed, 3))
	killing.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-system.kill: // between the receiver's storing and our hearing of it
			case <-time.After(time.Second + time.Duration(rng.Int64N(int64(6*time.Second)))):
			}
			b.kill()
			kills++
			b.start()
		}
	})
	var all sync.WaitGroup
	for i, v := range visits {
		all.Go(func() {
			if err := sayAll(ctx, v.user, v.lines, v.counts); err != nil {
				t.Errorf("enrollee %d: %v", i, err)
			}
		})
	}
	all.Wait()
	system.await(ctx, people)
	close(done)
	killing.Wait()
	settle(t, server, b)
	b.stop()
	if system.again < 3 {
		t.Errorf("%d messages came again, although the bot was killed before it heard of 3", system.again)
	}
	t.Logf("%d kills; %d calls, %d of them failed; %d keys, %d came again", kills, system.calls, system.failed, len(system.keys), system.again)
	if len(system.intakes) != people || len(system.keys) != people {
		t.Errorf("%d intakes arrived under %d keys, want %d", len(system.intakes), len(system.keys), people)
	}
	for ref, got := range system.intakes {
		name := *got.Form["first_name"]
		intake, known := want[name]
		if !known {
			t.Errorf("%s: of nobody", ref)
			continue
		}
		delete(want, name)
		if len(got.Files) != 1 || got.Files[0].Size == 0 {
			t.Errorf("%s: letters %+v", ref, got.Files)
		}
		if a, b := same(t, got), same(t, intake); a != b {
			t.Errorf("%s came as\n%s\nwant\n%s", ref, a, b)
		}
		have := values(got)
		for key, value := range values(intake) {
			if have[key] != value {
				t.Errorf("%s: %s came as %q, want %q", ref, key, have[key], value)
			}
			delete(have, key)
		}
		if len(have) > 0 || len(values(got)) < 30 {
			t.Errorf("%s: %d answers, %d of them were never given", ref, len(values(got)), len(have))
		}
	}
	log := b.logged()
	for _, secret := range []string{server.Token(), handoffSecret, "of-the-address", "Rosa", "igo Jos", "Delgado", "bañera", "fell at home", "7772", "Fresno"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// sayAll says lines one after the other, each when the one before was answered.
func sayAll(ctx context.Context, user *telegramtest.User, lines []string, counts []int) error {
	seen := 0
	for i, line := range lines {
		if err := act(user, line); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		want := seen + counts[i]
		if _, err := user.Await(ctx, func([]telegramtest.Message) bool { return len(told(user)) >= want }); err != nil {
			return fmt.Errorf("line %d: %d of %d messages: %w", i, len(told(user))-seen, counts[i], err)
		}
		seen = want
	}
	return nil
}
