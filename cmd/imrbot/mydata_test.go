package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/telegram/telegramtest"
	"imrbot/dialog"
)

// wholeForm is the whole interview in Spanish, to the receipt.
var wholeForm = []string{"/start", "[file]", "[agree]", "[self]", "[denied]", "[no]", "[individual]", "[unknown]", "[experimental]",
	"terapia de protones para la médula", "[none]", "[none]", "[none]",
	"María José", "[skip]", "Núñez Ibáñez", "1960-05-05", "[skip]", "12 Calle Peñón", "Fresno", "CA", "93701", "559-555-0123", "[skip]", "[skip]",
	"Blue Shield", "[skip]", "[skip]", "tumor en la médula", "[no]", "[skip]",
	"El plan me negó la terapia dos veces. Cada día estoy peor y no duermo.", "!photo", "[skip]", "[no]", "[submit]"}

// typed are the answers of wholeForm that are an enrollee's own words.
var typed = []string{"terapia de protones para la médula", "María José", "Núñez Ibáñez", "1960-05-05", "12 Calle Peñón", "Fresno", "93701",
	"559-555-0123", "Blue Shield", "tumor en la médula", "El plan me negó la terapia dos veces. Cada día estoy peor y no duermo."}

// onPhone is an enrollee on Telegram under way.
type onPhone struct {
	*telegramtest.User
	t   *testing.T
	ctx context.Context
}

// awaitReply waits for a message of the bot after so many that the test looks for.
func (p onPhone) awaitReply(after int, what string, fits func(telegramtest.Message) bool) telegramtest.Message {
	p.t.Helper()
	var found telegramtest.Message
	_, err := p.Await(p.ctx, func([]telegramtest.Message) bool {
		list := p.Replies()
		for _, m := range list[min(after, len(list)):] {
			if fits(m) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		p.t.Fatalf("%s did not come: %v", what, err)
	}
	return found
}

func isFile(end string) func(telegramtest.Message) bool {
	return func(m telegramtest.Message) bool { return m.Kind == "document" && strings.HasSuffix(m.File.Name, end) }
}

func sayingAll(parts ...string) func(telegramtest.Message) bool {
	return func(m telegramtest.Message) bool {
		for _, part := range parts {
			if !strings.Contains(m.Text, part) {
				return false
			}
		}
		return true
	}
}

func TestAnEnrolleeOnTelegramGetsTheirPaperAndTheirDataAndIsForgotten(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole form at a message a second; left out with -short")
	}
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	b := newBot(t, server)
	b.start()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	user := onPhone{server.User(8765309, "es"), t, ctx}
	want, answers := reference(t, wholeForm, "es")
	if err := enrollee(ctx, user.User, wholeForm, answers); err != nil {
		t.Fatal(err)
	}
	if got := told(user.User); !slices.Equal(got, want) {
		t.Errorf("told %d messages, want %d; the first that differs: %s", len(got), len(want), firstOther(got, want))
	}
	paper := user.awaitReply(0, "the paper", isFile(".pdf"))
	list := user.Replies()
	receipt := slices.IndexFunc(list, sayingAll("Su número es", refs.FindString(paper.File.Name)))
	if receipt < 0 || list[receipt].ID > paper.ID {
		t.Error("the paper did not come after a receipt of the same number")
	}
	ref := checkPaper(t, server.FileData(paper.File.ID), paper)

	seen := len(user.Replies())
	user.Say("/mydata")
	archive := user.awaitReply(seen, "the copy", isFile(".zip"))
	data := server.FileData(archive.File.ID)
	user.awaitReply(seen, "the question again", sayingAll("¿Qué quiere hacer?"))

	seen = len(user.Replies())
	user.Say("/forget")
	user.awaitReply(seen, "the question", sayingAll("Borro", "borre sus datos"))
	if _, err := user.Press(0, "Borrar todo"); err != nil {
		t.Fatal(err)
	}
	farewell := user.awaitReply(seen, "the farewell", sayingAll("Ya lo borré"))
	seen = len(user.Replies())
	user.Say("/start")
	user.awaitReply(seen, "the beginning", func(m telegramtest.Message) bool { return m.ID > farewell.ID && sayingAll("Hola. Ayudo")(m) })
	settle(t, server, b)
	b.stop()
	checkCopy(t, b.dir, ref, data)
	checkForgotten(t, b.dir, ref)
	for _, secret := range append([]string{"8765309"}, typed...) {
		if strings.Contains(b.logged(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// checkPaper reads a paper that came and returns its reference.
func checkPaper(t *testing.T, data []byte, m telegramtest.Message) string {
	t.Helper()
	ref := strings.TrimSuffix(m.File.Name, ".pdf")
	if refs.FindString(ref) != ref || !strings.Contains(m.Text, ref) || len(m.Buttons) != 0 {
		t.Errorf("the paper is called %q and says %q", m.File.Name, m.Text)
	}
	if !bytes.HasPrefix(data, []byte("%PDF-")) || pdfPages(data) < 2 {
		t.Errorf("the paper begins %q and has %d pages", data[:min(len(data), 8)], pdfPages(data))
	}
	text := pdfText(t, data)
	if text == "" {
		return ref
	}
	oneLine := strings.Join(strings.Fields(text), " ")
	for _, part := range append([]string{"Respuestas para el formulario IMR/queja", ref, "Firma del paciente"}, typed...) {
		if part == "1960-05-05" {
			part = "5 de mayo de 1960"
		}
		if !strings.Contains(oneLine, part) && !strings.Contains(oneLine, part[:min(len(part), 30)]) {
			t.Errorf("the paper does not say %q:\n%s", part, text)
		}
	}
	return ref
}

// checkCopy compares an archive of one's data with what the store says of the
// intake, which stayed.
func checkCopy(t *testing.T, data, ref string, archive []byte) {
	t.Helper()
	entries := unzipped(t, archive)
	var got struct {
		Conversation struct {
			Answers map[string]dialog.Answer `json:"answers"`
		} `json:"conversation"`
		Forms []map[string]any `json:"forms"`
	}
	if err := json.Unmarshal(entries["data.json"], &got); err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	runJSON(t, &shown, "intake", "show", ref, "--json", "--data", data)
	if len(got.Forms) != 1 {
		t.Fatalf("%d forms", len(got.Forms))
	}
	for _, key := range []string{"ref", "status", "created", "language", "facts", "form", "verdict"} {
		if a, b := fmt.Sprint(got.Forms[0][key]), fmt.Sprint(shown[key]); a != b || a == "<nil>" {
			t.Errorf("%s: the copy has\n%s\nthe store\n%s", key, a, b)
		}
	}
	for _, group := range []string{"facts", "form"} {
		for key, value := range shown[group].(map[string]any) {
			if key == "letters" {
				continue // it is compared by its bytes
			}
			if value != nil && got.Conversation.Answers[key].Value != value {
				t.Errorf("%s was answered %v; the copy has %q", key, value, got.Conversation.Answers[key].Value)
			}
		}
	}
	for _, word := range typed {
		if !bytes.Contains(entries["data.json"], []byte(word)) {
			t.Errorf("the copy lacks the answer %q", word)
		}
	}
	letters := 0
	for name, raw := range entries {
		if strings.HasPrefix(name, "cartas/") {
			letters++
			if !bytes.Equal(raw, photo) {
				t.Errorf("%s has %d bytes, want those of the photograph", name, len(raw))
			}
		}
	}
	if letters != 1 || !bytes.HasPrefix(entries[ref+".pdf"], []byte("%PDF-")) || !bytes.Contains(entries["leame.txt"], []byte("Telegram y Slack")) {
		t.Errorf("%d letters, a paper of %d bytes, a text of %d", letters, len(entries[ref+".pdf"]), len(entries["leame.txt"]))
	}
}

// checkForgotten checks that the store of a data folder holds the intake that was
// handed over, with its letter and its ticket, and nothing else of whoever was forgotten.
func checkForgotten(t *testing.T, data, ref string) {
	t.Helper()
	var list []intakeRow
	runJSON(t, &list, "intake", "list", "--json", "--data", data)
	if len(list) != 1 || list[0].Ref != ref || list[0].Status != "with-team" {
		t.Errorf("the store lists %+v", list)
	}
	store, err := openStore(data, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	chat, err := store.ChatOf(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Belongings(t.Context(), chat)
	if err != nil {
		t.Fatal(err)
	}
	s := all.Conversation.State
	if len(s.Answers)+len(s.Files)+len(s.Done)+len(s.Parked)+len(s.Path) != 0 || s.Ref != "" || s.Verdict != nil {
		t.Errorf("the conversation still knows %+v", s)
	}
	// The desk's ticket for the intake stays with it.
	if len(all.Intakes) != 1 || len(all.Tickets) != 1 || all.Tickets[0].Ref != ref || len(all.Waiting)+len(all.Dead)+len(all.Quarantined)+all.Unreadable != 0 || !all.Wake.IsZero() {
		t.Errorf("it holds %d intakes, %d tickets, %d rows, %d dead", len(all.Intakes), len(all.Tickets), len(all.Waiting), len(all.Dead))
	}
	in := all.Intakes[0]
	if letter, err := store.Letter(t.Context(), ref, in.Files[0].ID); err != nil || !bytes.Equal(letter, photo) {
		t.Errorf("the letter of the intake: %d bytes, %v", len(letter), err)
	}
	if err := store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

var fileNotice = regexp.MustCompile(`imrbot: the file is here: (.*)\n`)

func TestAnEnrolleeAtATerminalGetsTheirDataAndIsForgotten(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	letter := filepath.Join(t.TempDir(), "carta ñ.png")
	if err := os.WriteFile(letter, photo, 0o600); err != nil {
		t.Fatal(err)
	}
	var notices logBuffer
	c := startHeard(t, &notices, data, "--lang", "es")
	c.walk(wholeForm[1:], letter)
	ref := refs.FindString(strings.Join(c.lines, "\n"))
	if ref == "" || c.last.Node != dialog.Home {
		t.Fatalf("no receipt: %+v", c.last)
	}
	for range 2 {
		for _, m := range c.say("/mydata") {
			if m.Text == "" {
				t.Errorf("an object without a text was shown: %+v", m)
			}
		}
	}
	c.say("/forget")
	farewell := c.say("sí")
	if len(farewell) != 1 || !strings.Contains(farewell[0].Text, "Ya lo borré") {
		t.Errorf("the farewell: %+v", farewell)
	}
	c.press("file")
	if c.last.Node != "notice" {
		t.Errorf("a new beginning begins with %+v", c.last)
	}
	c.end()
	paths := fileNotice.FindAllStringSubmatch(notices.all.String(), -1)
	if len(paths) != 2 || paths[0][1] != filepath.Join(data, "my-data-2026-06-01.zip") || paths[1][1] != filepath.Join(data, "my-data-2026-06-01-2.zip") {
		t.Fatalf("stderr: %s", notices.all.String())
	}
	for _, path := range paths {
		info, err := os.Stat(path[1])
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		raw, err := os.ReadFile(path[1])
		if err != nil {
			t.Fatal(err)
		}
		checkCopy(t, data, ref, raw)
	}
	checkForgotten(t, data, ref)
}

func TestTheFileOfATerminalNeverTakesANameThatIsTaken(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	taken := filepath.Join(data, "my-data-2026-06-01.zip")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var notices logBuffer
	c := startHeard(t, &notices, data)
	c.say("/mydata")
	c.end()
	if raw, err := os.ReadFile(taken); err != nil || string(raw) != "mine" || !strings.Contains(notices.all.String(), "my-data-2026-06-01-2.zip") {
		t.Errorf("%q, %v; %s", raw, err, notices.all.String())
	}
}

// A kill in the middle of an upload proves nothing of it: it is sent again, and
// what follows it is not sent before.
func TestAnUploadThatAKillBrokeIsMadeAgain(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	b := newBot(t, server)
	b.start()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	user := onPhone{server.User(8765309, "es"), t, ctx}
	user.Say("/start")
	user.awaitReply(0, "the beginning", sayingAll("Hola"))
	server.Inject(telegramtest.Fault{Kind: telegramtest.Slow, Method: "sendDocument", Delay: 30 * time.Second})
	user.Say("/mydata")
	first := user.awaitReply(1, "the copy", isFile(".zip"))
	b.kill()
	if n := len(user.Replies()); n != 3 {
		t.Errorf("%d messages came before the upload was answered, want 3", n)
	}
	server.ClearFaults()
	server.Inject(telegramtest.Fault{Kind: telegramtest.ResetBefore, Method: "sendDocument"})
	b.start()
	question := user.awaitReply(3, "the question", sayingAll("¿Qué quiere hacer?"))
	list := user.Replies()
	again := list[3]
	if len(list) != 5 || !isFile(".zip")(again) || again.ID > question.ID {
		t.Fatalf("after the restart came %d messages", len(list)-3)
	}
	for _, m := range []telegramtest.Message{first, again} {
		if unzipped(t, server.FileData(m.File.ID))["data.json"] == nil {
			t.Error("an archive is not whole")
		}
	}
	settle(t, server, b)
	if n := len(user.Replies()); n != 5 {
		t.Errorf("%d messages in the end, want 5", n)
	}
	b.stop()
}

// What an erased intake's paper would have been is nobody's any more: a row that
// waits for it goes quietly, and the next ones are sent.
func TestAPaperThatWaitedWhileItsIntakeWasErasedGoesQuietly(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	b := newBot(t, server)
	store, err := openStore(b.dir, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Commit(t.Context(), bot.Turn{Chat: "telegram:8765309", Key: "k", At: time.Now(), State: dialog.State{Lang: "es"}, Rows: []bot.Outgoing{
		{Document: &bot.Document{Kind: bot.DocumentPaper, Ref: "A-2026-000009"}}, {Say: dialog.Say{Text: "Sigue."}},
	}})
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	user := onPhone{server.User(8765309, "es"), t, ctx}
	user.SendSticker("x") // a person has to be heard before they can be written to
	b.start()
	user.awaitReply(0, "the next message", sayingAll("Sigue."))
	b.stop()
	if store, err = openStore(b.dir, func(string) {}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	dead, err := store.Dead(t.Context())
	if err != nil || dead["what the document is of was erased"] != 1 || strings.Contains(b.logged(), "send failed") {
		t.Errorf("dead rows %v, %v", dead, err)
	}
}
