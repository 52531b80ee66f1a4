package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
)

const (
	someChat  = "telegram:8765309"
	otherChat = "telegram:8765310"
)

// papersDesk is a store with two chats, and what makes documents of it.
type papersDesk struct {
	*documents
	t     testing.TB
	chats map[string]uint64 // turns committed
}

func newPapersDesk(t testing.TB) *papersDesk {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	interview, err := loadInterview(mustConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	day, err := legalDay("2026-06-01")
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDocuments(store, interview, day)
	if err != nil {
		t.Fatal(err)
	}
	p := &papersDesk{d, t, map[string]uint64{}}
	for _, chat := range []string{someChat, otherChat} {
		p.commit(chat, bot.Turn{State: dialog.State{Lang: "es", Node: "story"}})
	}
	return p
}

// commit stores the next turn of a chat.
func (p *papersDesk) commit(chat string, turn bot.Turn) []bot.OutKey {
	p.t.Helper()
	turn.Chat, turn.Key, turn.After = bot.ChatKey(chat), bot.InKey(fmt.Sprint(chat, p.chats[chat])), p.chats[chat]
	turn.At = time.Date(2026, 5, 30, 12, 0, 0, 0, time.UTC)
	keys, err := p.store.Commit(p.t.Context(), turn)
	if err != nil {
		p.t.Fatal(err)
	}
	p.chats[chat]++
	return keys
}

// letter puts a letter of so many bytes into the store.
func (p *papersDesk) letter(chat, name string, size int) dialog.File {
	p.t.Helper()
	f, err := p.store.PutFile(p.t.Context(), bot.ChatKey(chat), name, letterBytes(name, size))
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// letterBytes are those of a PDF that no compression makes smaller.
func letterBytes(name string, size int) []byte {
	data := []byte("%PDF-1.4 " + name)
	x := uint32(len(name) + 1)
	for len(data) < size {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		data = append(data, byte(x))
	}
	return data
}

// intake stores a finished intake with letters.
func (p *papersDesk) intake(chat string, letters ...dialog.File) string {
	p.t.Helper()
	return p.intakeAs("with-team", chat, letters...)
}

// intakeAs is intake of a status.
func (p *papersDesk) intakeAs(status, chat string, letters ...dialog.File) string {
	p.t.Helper()
	ref := p.store.TakeRef(2026)
	name, plan := "Núñez", "Blue Shield"
	problem, coverage := "denied", "individual"
	in := dialog.Intake{
		Ref: ref, Status: status, Created: time.Date(2026, 5, 30, 12, 0, 0, 0, time.UTC), Language: "es",
		Facts: map[string]*string{"problem": &problem, "coverage": &coverage, "decision_date": nil},
		Form:  map[string]*string{"last_name": &name, "plan_name": &plan}, Files: letters,
	}
	state := dialog.State{Lang: "es", Ref: ref, Status: status, Files: letters,
		Answers: map[string]dialog.Answer{"last_name": {Value: name}}}
	p.commit(chat, bot.Turn{State: state, Intakes: []dialog.Intake{in}})
	return ref
}

func (p *papersDesk) paperOf(chat, ref string) (bot.DocumentFile, error) {
	return p.make(p.t.Context(), bot.Outgoing{Chat: bot.ChatKey(chat), Document: &bot.Document{Kind: bot.DocumentPaper, Ref: ref}})
}

// copyFor makes the archive of a chat and opens it.
func (p *papersDesk) copyFor(chat string, key bot.OutKey) (bot.DocumentFile, map[string][]byte) {
	p.t.Helper()
	file, err := p.make(p.t.Context(), bot.Outgoing{Key: key, Chat: bot.ChatKey(chat), Document: &bot.Document{Kind: bot.DocumentData}})
	if err != nil {
		p.t.Fatal(err)
	}
	return file, unzipped(p.t, file.Data)
}

// unzipped returns the entries of an archive.
func unzipped(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(in)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if entries[f.Name] != nil {
			t.Errorf("%s is there twice", f.Name)
		}
		entries[f.Name] = raw
	}
	return entries
}

func TestAPaperIsTheIntakeOfItsOwnChat(t *testing.T) {
	p := newPapersDesk(t)
	ref := p.intakeAs("draft", someChat)
	file, err := p.paperOf(someChat, ref)
	if err != nil || file.Name != ref+".pdf" || !bytes.HasPrefix(file.Data, []byte("%PDF-")) || !strings.Contains(file.Caption, ref) {
		t.Errorf("%s, %q, %d bytes, %v", file.Name, file.Caption, len(file.Data), err)
	}
	again, err := p.paperOf(someChat, ref)
	if err != nil || !bytes.Equal(again.Data, file.Data) {
		t.Errorf("made again it differs, %v", err)
	}
	if _, err := p.paperOf(otherChat, ref); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("another chat gets it: %v", err)
	}
	if _, err := p.paperOf(someChat, "A-2026-000777"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("no such intake: %v", err)
	}
	p.commit(someChat, bot.Turn{Forget: true, State: dialog.State{Lang: "es"}})
	if _, err := p.paperOf(someChat, ref); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("erased: %v", err)
	}
}

func TestAPaperThatIsTooLargeComesWithoutItsLetters(t *testing.T) {
	p := newPapersDesk(t)
	photo, err := p.store.PutFile(t.Context(), someChat, "carta.png", noisyPNG(t, 300))
	if err != nil {
		t.Fatal(err)
	}
	ref := p.intake(someChat, photo)
	whole, err := p.paperOf(someChat, ref)
	if err != nil {
		t.Fatal(err)
	}
	p.limit = len(whole.Data) - 1
	small, err := p.paperOf(someChat, ref)
	if err != nil || len(small.Data) > p.limit || len(small.Data) < 5000 {
		t.Errorf("%d bytes, %v; whole it has %d", len(small.Data), err, len(whole.Data))
	}
	if text := pdfText(t, small.Data); text != "" && !strings.Contains(text, "muy grande") {
		t.Errorf("the paper does not say why:\n%s", text)
	}
}

func TestACopyHoldsAllThatIsStoredAndNothingOfAnother(t *testing.T) {
	p := newPapersDesk(t)
	p.intake(otherChat, p.letter(otherChat, "theirs.pdf", 900))
	letter, draft := p.letter(someChat, "carta del plan ñ/.pdf", 3000), p.letter(someChat, "..\\draft\x00.pdf", 2000)
	ref := p.intake(someChat, letter)
	wake := time.Date(2026, 6, 20, 16, 0, 0, 0, time.UTC)
	state := dialog.State{Lang: "es", Ref: ref, Status: "with-team", Files: []dialog.File{letter, draft},
		Answers: map[string]dialog.Answer{"story": {Value: "Me lo <negaron>."}}, Done: []dialog.Done{{Ref: ref, Status: "with-team"}}}
	keys := p.commit(someChat, bot.Turn{
		State: state, Wake: wake, Tickets: []dialog.OpenTicket{{Reason: dialog.TicketHuman, Lang: "es"}},
		Rows: []bot.Outgoing{{Document: &bot.Document{Kind: bot.DocumentData}}, {Say: dialog.Say{Text: "Sigue aquí."}}},
	})
	file, entries := p.copyFor(someChat, keys[0])
	names := []string{}
	for name := range entries {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{ref + ".pdf", "cartas/01-carta del plan ñ-.pdf", "cartas/02-draft-.pdf", "data.json", "leame.txt"}
	if file.Name != "my-data-2026-06-01.zip" || file.Caption == "" || !slices.Equal(names, want) {
		t.Errorf("%s holds %q, want %q", file.Name, names, want)
	}
	if !bytes.Equal(entries[want[1]], letterBytes("carta del plan ñ/.pdf", 3000)) || !bytes.HasPrefix(entries[want[0]], []byte("%PDF-")) {
		t.Error("a letter or the paper is not as it was")
	}
	var got myData
	if err := json.Unmarshal(entries["data.json"], &got); err != nil {
		t.Fatal(err)
	}
	if got.Chat != someChat || got.Conversation.Answers["story"].Value != "Me lo <negaron>." || len(got.Intakes) != 1 ||
		*got.Intakes[0].Form["last_name"] != "Núñez" || len(got.Tickets) != 1 || len(got.Waiting) != 1 ||
		got.Waiting[0].Say.Text != "Sigue aquí." || !got.Wake.Equal(wake) || len(got.Letters) != 2 || got.Letters[1].Path != want[2] {
		t.Errorf("%s", entries["data.json"])
	}
	for _, theirs := range []string{"8765310", "theirs"} {
		if bytes.Contains(entries["data.json"], []byte(theirs)) {
			t.Errorf("it holds %q of another chat", theirs)
		}
	}
	text := string(entries["leame.txt"])
	for _, part := range []string{"1 de junio de 2026", ref + ".pdf", "cartas", "Telegram y Slack", "borrar mis datos"} {
		if !strings.Contains(text, part) {
			t.Errorf("the text does not say %q:\n%s", part, text)
		}
	}
	if strings.Contains(text, "no cupo") || strings.Contains(text, "no se pud") {
		t.Errorf("the text tells of something missing:\n%s", text)
	}
	if again, _ := p.copyFor(someChat, keys[0]); !bytes.Equal(again.Data, file.Data) {
		t.Error("made again it differs")
	}
}

func TestACopySaysWhatItHadNoRoomForAndWhatIsLost(t *testing.T) {
	p := newPapersDesk(t)
	p.limit = 1 << 20
	var letters []dialog.File
	for i, size := range []int{300_000, 900_000, 200_000} {
		letters = append(letters, p.letter(someChat, fmt.Sprintf("l%d.pdf", i+1), size))
	}
	letters = append(letters, dialog.File{ID: strings.Repeat("ab", 16), Name: "gone.jpg", Type: "image/jpeg", Size: 10})
	p.intake(someChat, letters...)
	file, entries := p.copyFor(someChat, 0)
	if len(file.Data) > p.limit {
		t.Errorf("%d bytes are over the limit", len(file.Data))
	}
	if len(entries["cartas/01-l1.pdf"]) != 300_000 || len(entries["cartas/03-l3.pdf"]) != 200_000 || entries["cartas/02-l2.pdf"] != nil {
		t.Errorf("%d entries", len(entries))
	}
	var got myData
	if err := json.Unmarshal(entries["data.json"], &got); err != nil {
		t.Fatal(err)
	}
	if got.Letters[1].Missing != letterLarge || got.Letters[3].Missing != letterLost || got.Letters[0].Missing != "" {
		t.Errorf("%+v", got.Letters)
	}
	text := string(entries["leame.txt"])
	large, lost := strings.Index(text, "puede tener 1 MB"), strings.Index(text, "no se pudo leer")
	if large < 0 || lost < large || !strings.Contains(text[large:lost], "02-l2.pdf") || !strings.Contains(text[lost:], "04-gone.jpg") || !strings.Contains(text, "«persona»") {
		t.Errorf("the text:\n%s", text)
	}
}

func TestACopyOfNobodyIsNone(t *testing.T) {
	p := newPapersDesk(t)
	_, err := p.make(t.Context(), bot.Outgoing{Chat: "telegram:404", Document: &bot.Document{Kind: bot.DocumentData}})
	if !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestNamesOfLettersFitEveryDisk(t *testing.T) {
	for name, want := range map[string]string{
		"carta.pdf": "carta.pdf", "": "file.jpg", "../../etc/passwd": "etc-passwd.jpg", `C:\x?.pdf`: "C--x-.pdf", "...": "file.jpg",
		"año\n\u202egpj.exe": "año--gpj.exe", strings.Repeat("ñ", 200) + ".pdf": strings.Repeat("ñ", 80) + ".pdf", ".pdf": "pdf.jpg",
	} {
		if got := safeName(name, "image/jpeg"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// One copy of the data of somebody who sent twenty photographs of 2 MB.
func BenchmarkACopyOfOnesData(b *testing.B) {
	p := newPapersDesk(b)
	var letters []dialog.File
	for i := range 20 {
		letters = append(letters, p.letter(someChat, fmt.Sprintf("l%02d.pdf", i), 2<<20))
	}
	p.intake(someChat, letters...)
	b.ReportAllocs()
	for b.Loop() {
		file, err := p.make(b.Context(), bot.Outgoing{Chat: someChat, Document: &bot.Document{Kind: bot.DocumentData}})
		if err != nil || len(file.Data) < 40<<20 {
			b.Fatalf("%d bytes, %v", len(file.Data), err)
		}
	}
}
