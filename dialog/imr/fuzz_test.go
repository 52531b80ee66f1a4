package imr_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// FuzzStep plays a script of any bytes: each line is one event. Whatever is
// thrown at it, the engine answers something, keeps to its limits, and its
// state survives its codec.
func FuzzStep(f *testing.F) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("file\n#agree\n#self\nthey said no\nno\nmedi-cal\n2026-03-20\n/back\nedit\n!f\n?how long\n")
	f.Add("#file\n#agree\nme\n!crisis\n#yes\n5\n!resume\nespañol\n#none\n/start\n/cancel\n#file\n")
	f.Add("file\n#agree\n!remind\n#stop-reminders\nstart reminders\n!set filed\nerase my data\n#yes\nmy data\n")
	f.Add("kaiser denied my mri on march 3 and i filed a complaint on april 2, then they sent a bill\n#file\n#agree\n#self\n#yes\n#no\n")
	f.Fuzz(func(t *testing.T, script string) {
		var state dialog.State
		head := dialog.Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: dialog.Date{Year: 2026, Month: 6, Day: 1}, Ref: "A-2026-000001"}
		node := ""
		lines := strings.Split(script, "\n")
		for _, line := range lines[:min(len(lines), 60)] {
			var effects []dialog.Effect
			event := fuzzEvent(head, node, line)
			if line == "!remind" {
				event = dialog.Reminded{Head: head, ID: firstReminder(interview, state)}
			}
			state, effects = interview.Step(state, event)
			if _, silent := event.(dialog.Reminded); !silent && !strings.HasPrefix(line, "!set ") {
				node = checkEffects(t, effects)
			}
			raw, err := dialog.EncodeState(state)
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > 1<<20 {
				t.Fatalf("the state is %d bytes", len(raw))
			}
			if state, err = dialog.DecodeState(raw); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// fuzzEvent makes an event of a line.
func fuzzEvent(head dialog.Head, node, line string) dialog.Event {
	hits := []dialog.Hit{{ID: "a", Title: "A", Score: 0.9, Answer: "Answer a."}, {ID: "b", Title: "B", Score: 0.3, Answer: "Answer b."}}
	switch {
	case strings.HasPrefix(line, "#"):
		return dialog.Pressed{Head: head, Node: node, Value: line[1:]}
	case line == "!f":
		return dialog.Sent{Head: head, File: dialog.File{ID: "1", Name: line}}
	case line == "!resume":
		return dialog.Resumed{Head: head}
	case strings.HasPrefix(line, "!set "):
		return dialog.StatusSet{Head: head, Ref: head.Ref, Status: line[5:]}
	case line == "!crisis":
		return dialog.Said{Head: head, Text: line, Reading: dialog.Reading{Kind: dialog.ReadCrisis}}
	case strings.HasPrefix(line, "?"):
		kinds := []dialog.ReadKind{dialog.ReadAnswer, dialog.ReadSuggest, dialog.ReadHuman, dialog.ReadSmall}
		return dialog.Said{Head: head, Text: line[1:], Reading: dialog.Reading{Kind: kinds[len(line)%4], Hits: hits}}
	}
	return dialog.Said{Head: head, Text: line}
}

// firstReminder is the id of the first reminder of a state, or "".
func firstReminder(interview *dialog.Interview, s dialog.State) string {
	for _, r := range interview.Reminders(s) {
		return r.ID
	}
	return ""
}

// checkEffects checks what was said, and returns the node it was said at.
func checkEffects(t *testing.T, effects []dialog.Effect) (node string) {
	t.Helper()
	for _, effect := range effects {
		say, ok := effect.(dialog.Say)
		if !ok {
			continue
		}
		node = say.Node
		if strings.TrimSpace(say.Text) == "" || len(say.Text) > dialog.MaxSay {
			t.Fatalf("a message of %d bytes: %q", len(say.Text), say.Text)
		}
		for _, b := range say.Buttons {
			if b.Label == "" || b.Value == "" {
				t.Fatalf("an empty button beneath %q", say.Text)
			}
		}
	}
	if node == "" {
		t.Fatal("nothing was said")
	}
	return node
}

// FuzzParse reads files of any bytes in place of the embedded ones: it finds
// defects or an interview, and never panics.
func FuzzParse(f *testing.F) {
	files := []string{"interview.toml", "rules.toml", "locales/en.toml", "other_languages.toml"}
	base := fstest.MapFS{}
	for _, name := range append(files, "locales/es.toml") {
		src, err := fs.ReadFile(imr.FS, name)
		if err != nil {
			f.Fatal(err)
		}
		base[name] = &fstest.MapFile{Data: src}
	}
	for i := range files {
		f.Add(i, "version = 1\n[[step]]\nid = \"x\"\nkind = \"choice\"\n")
	}
	f.Fuzz(func(t *testing.T, which int, src string) {
		changed := fstest.MapFS{}
		for name, file := range base {
			changed[name] = file
		}
		changed[files[uint(which)%uint(len(files))]] = &fstest.MapFile{Data: []byte(src)}
		interview, err := dialog.Parse(changed, dialog.Options{})
		if err == nil {
			interview.Step(dialog.State{}, dialog.Said{Text: "file"})
		}
	})
}

func FuzzDecodeState(f *testing.F) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"version":1,"lang":"en","node":"problem","answers":{"filer":{"value":"self"}},"path":["filer"],"pending":{"kind":"confirm","value":"x"}}`)
	f.Add(`{"version":1,"lang":"xx","node":"gone","editing":"gone","path":["gone"],"pending":{"kind":"what"},"shown":["gone"]}`)
	f.Add(`{"version":1,"node":"","pending":{"kind":"guess"}}`)
	f.Add(`{"version":1,"lang":"es","node":"problem","last_day":"2026-06-01","told_day":"2026-06-01","answers":{"decision_date":{"value":"2026-04-15"}},"parked":[{"ref":"x","told_day":"2026-06-01"}],"reminded":{"x":"2026-06-01"}}`)
	f.Add(`{"version":1,"pending":{"kind":"reminder","value":"file-by","options":["","x"]}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		state, err := dialog.DecodeState([]byte(raw))
		if err != nil {
			return
		}
		for _, ev := range []dialog.Event{dialog.Said{Text: "yes"}, dialog.Pressed{Node: state.Node, Value: "no"}, dialog.Resumed{}} {
			_, effects := interview.Step(state, ev)
			checkEffects(t, effects)
		}
		for _, r := range interview.Reminders(state) {
			interview.Step(state, dialog.Reminded{Head: dialog.Head{Today: r.Day}, ID: r.ID})
		}
	})
}
