package imr_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

var update = flag.Bool("update", false, "rewrite the transcripts with what the engine says now; read the difference")

// A transcript is a conversation as a script, in testdata/*.txt:
//
//	# what it shows
//	lang es
//	today 2026-06-01
//	operator Health Helpers   (or: department)
//
//	> typed words             > [value] presses the newest button of that value,
//	                          also of an older message
//	> !file letter.jpg        > !resume   the enrollee is back
//	> !edit 3 new words       changes the third message that was typed
//	> !start deadline         a link to the bot; "reads" gives its entry
//	> !album 7 a.jpg          a file of album 7
//	> !got voice              something that we cannot take
//	> !phone +14155550123     the enrollee's own number, by the platform's button
//	> !set filed              the staff set the status of the open intake
//	> !reminders              lists what is still to be said
//	> !remind file-by         the first reminder of that kind is due
//	reads answer imr-duration (what the reader makes of the next message)
//
// and between them, indented, what the assistant says. -update rewrites it.
// Between every two lines the state goes through its codec.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("%s: the conversation went otherwise; run go test ./dialog/imr -update and read the difference.\n%s",
					file, firstDifference(string(want), got))
			}
		})
	}
}

// firstDifference shows where two texts part, with a few lines around.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			around := func(lines []string) string { return strings.Join(lines[min(i, len(lines)):min(i+6, len(lines))], "\n") }
			return fmt.Sprintf("line %d\nwant:\n%s\ngot:\n%s", i+1, around(w), around(g))
		}
	}
	return ""
}

// player runs one transcript.
type player struct {
	t         *testing.T
	out       bytes.Buffer
	interview *dialog.Interview
	options   dialog.Options
	state     dialog.State
	head      dialog.Head
	lang      string
	reading   dialog.Reading
	keyboards []keyboard // all messages with buttons, the newest last
	started   bool
	files     int
	typed     int // messages, to name them
}

// keyboard is a message with buttons.
type keyboard dialog.Say

func (k keyboard) offers(value string) bool {
	return slices.ContainsFunc(k.Buttons, func(b dialog.Button) bool { return b.Value == value })
}

func play(t *testing.T, script string) string {
	p := &player{t: t, lang: "en"}
	p.head = dialog.Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: dialog.Date{Year: 2026, Month: 6, Day: 1}}
	lines := bufio.NewScanner(strings.NewReader(script))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.line(lines.Text())
	}
	return p.out.String()
}

func (p *player) line(line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "": // what the assistant said then, or an empty line: written anew
		return
	case "lang":
		p.lang = rest
	case "today":
		day, err := dialog.ParseDate(rest)
		if err != nil {
			p.t.Fatal(err)
		}
		p.head.Today = day
		p.head.At = time.Date(day.Year, day.Month, day.Day, 19, 0, 0, 0, time.UTC)
	case "operator":
		p.options.Operator = rest
	case "department":
		p.options.IsDepartment = true
	case "reads":
		p.reading = p.readingOf(strings.Fields(rest))
	case ">":
		p.begin()
		p.out.WriteString("\n" + line + "\n")
		if rest == "!reminders" {
			p.reminders()
			return
		}
		p.step(p.event(rest))
		return
	case "#":
	default:
		p.t.Fatalf("%q is no line of a transcript", line)
	}
	p.out.WriteString(line + "\n")
}

// begin has the assistant greet before the first message.
func (p *player) begin() {
	if p.started {
		return
	}
	p.started = true
	interview, err := dialog.Parse(imr.FS, p.options)
	if err != nil {
		p.t.Fatal(err)
	}
	p.interview = interview
	p.out.WriteString("\n")
	p.step(dialog.Started{Head: p.head, Lang: p.lang})
}

func (p *player) event(text string) dialog.Event {
	reading := p.reading
	p.reading = dialog.Reading{}
	if reading.Lang == "" {
		reading.Lang = p.lang
	}
	p.head.Ref, p.head.Message = "A-2026-000123", ""
	switch {
	case text == "!resume":
		return dialog.Resumed{Head: p.head}
	case strings.HasPrefix(text, "!start "):
		return dialog.Started{Head: p.head, Lang: p.lang, Payload: text[7:], Reading: reading}
	case strings.HasPrefix(text, "!got "):
		return dialog.Received{Head: p.head, Kind: dialog.ReceivedKind(text[5:]), Lang: p.lang}
	case strings.HasPrefix(text, "!phone "):
		return dialog.Shared{Head: p.head, Phone: text[7:]}
	case strings.HasPrefix(text, "!set "):
		return dialog.StatusSet{Head: p.head, Ref: p.state.Ref, Status: text[5:]}
	case strings.HasPrefix(text, "!remind "):
		list := p.interview.Reminders(p.state)
		i := slices.IndexFunc(list, func(r dialog.Reminder) bool { return string(r.Kind) == text[8:] })
		if i < 0 {
			p.t.Fatalf("no reminder %q is listed", text[8:])
		}
		return dialog.Reminded{Head: p.head, ID: list[i].ID}
	case strings.HasPrefix(text, "!album "):
		p.files++
		group, name, _ := strings.Cut(text[7:], " ") // a photograph has no name
		return dialog.Sent{Head: p.head, Group: group, File: dialog.File{ID: fmt.Sprint(p.files), Name: name, Type: "image/jpeg", Size: 1000}}
	case strings.HasPrefix(text, "!edit "):
		number, now, _ := strings.Cut(text[6:], " ")
		p.head.Message = "m" + number
		return dialog.Edited{Head: p.head, Text: now, Reading: reading}
	case strings.HasPrefix(text, "!file"):
		p.files++
		return dialog.Sent{Head: p.head, File: dialog.File{ID: fmt.Sprint(p.files), Name: strings.TrimSpace(text[5:]), Type: "image/jpeg", Size: 1000}}
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		value := text[1 : len(text)-1]
		for i := len(p.keyboards) - 1; i >= 0; i-- {
			if p.keyboards[i].offers(value) {
				return dialog.Pressed{Head: p.head, Node: p.keyboards[i].Node, Value: value}
			}
		}
		p.t.Fatalf("no message so far has a button %s", value)
	}
	p.typed++
	p.head.Message = fmt.Sprintf("m%d", p.typed)
	return dialog.Said{Head: p.head, Text: text, Reading: reading}
}

// reminders writes what is still to be said.
func (p *player) reminders() {
	list := p.interview.Reminders(p.state)
	for _, r := range list {
		fmt.Fprintf(&p.out, "  ** %s: %s\n", r.Day, r.Kind)
	}
	if len(list) == 0 {
		p.out.WriteString("  ** none\n")
	}
}

// readingOf makes the reading of a "reads" line: a kind and entry ids.
func (p *player) readingOf(words []string) dialog.Reading {
	r := dialog.Reading{Kind: dialog.ReadKind(words[0]), Lang: p.lang}
	for i, id := range words[1:] {
		if strings.HasPrefix(id, "lang=") {
			r.Lang, r.LangSure = id[5:], true
			continue
		}
		r.Hits = append(r.Hits, dialog.Hit{ID: id, Title: "Title of " + id, Score: 0.9 - float64(i)/10, Answer: "The answer of " + id + "."})
	}
	return r
}

func (p *player) step(ev dialog.Event) {
	raw, err := dialog.EncodeEvent(ev)
	if err != nil {
		p.t.Fatal(err)
	}
	same, err := dialog.DecodeEvent(raw)
	if err != nil || !reflect.DeepEqual(ev, same) {
		p.t.Fatalf("event %#v came back as %#v: %v", ev, same, err)
	}
	state, effects := p.interview.Step(p.state, ev)
	raw, err = dialog.EncodeState(state)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.state, err = dialog.DecodeState(raw); err != nil {
		p.t.Fatal(err)
	}
	for _, effect := range effects {
		raw, err := dialog.EncodeEffect(effect)
		if err != nil {
			p.t.Fatal(err)
		}
		back, err := dialog.DecodeEffect(raw)
		if err != nil {
			p.t.Fatal(err)
		}
		p.write(back)
	}
}

// write puts an effect into the transcript.
func (p *player) write(effect dialog.Effect) {
	switch e := effect.(type) {
	case dialog.Say:
		where := e.Node
		if e.Fact != "" && e.Fact != e.Node {
			where += " " + e.Fact
		}
		fmt.Fprintf(&p.out, "  (%s)\n", where)
		for line := range strings.SplitSeq(e.Text, "\n") {
			p.out.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
		var labels []string
		for _, b := range e.Buttons {
			labels = append(labels, fmt.Sprintf("%s=%s", b.Value, b.Label))
		}
		if len(labels) > 0 {
			p.out.WriteString("  [" + strings.Join(labels, " | ") + "]\n")
			p.keyboards = append(p.keyboards, keyboard(e))
		}
	case dialog.GiveData:
		p.out.WriteString("  ** a copy of the data is given\n")
	case dialog.Forget:
		p.out.WriteString("  ** everything is erased\n")
	case dialog.OpenTicket:
		fmt.Fprintf(&p.out, "  ** ticket: %s, ref %q, urgent %t, deadline %q\n", e.Reason, e.Ref, e.Urgent, e.Deadline)
	case dialog.StoreIntake:
		in := e.Intake
		fmt.Fprintf(&p.out, "  ** intake %s stored as %q: %d facts, %d of the form, %d letters, outcome %s by rule %s\n",
			in.Ref, in.Status, len(in.Facts), len(in.Form), len(in.Files), in.Verdict.Outcome, in.Verdict.Rule)
	}
}
