package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imrbot/faq"
)

// evalFile writes an evaluation set and returns its name.
func evalFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func Test_kb_eval_counts_what_is_read(t *testing.T) {
	dir := petsFolder(t)
	file := evalFile(t, "set.jsonl", `{"q":"what should i feed my cat","lang":"en","ids":["feeding"],"kind":"in"}`+"\n"+
		`{"q":"the house is on fire","lang":"en","ids":[],"kind":"crisis"}`+"\n"+`{"q":"our house was red","lang":"en","kind":"calm"}`+"\n"+`{"q":"a real person","lang":"en","kind":"human"}`)
	out, err := runRoot(t, "kb", "eval", "--json", "--kb", dir, file)
	var rep faq.Report
	if err != nil || json.Unmarshal([]byte(out), &rep) != nil {
		t.Fatalf("%v, %s", err, out)
	}
	if a := rep.All; a.Questions != 4 || a.In != 1 || a.Three != 1 || a.CrisisSeen != 1 || a.FalseAlarm != 0 || a.Others != 3 || a.HumanSeen != 1 || len(rep.Ablation) != 4 || rep.P99 <= 0 {
		t.Errorf("%s", out)
	}
	if out, err = runRoot(t, "kb", "eval", "--misses", "--kb", dir, file); err != nil || !strings.Contains(out, "told or among three") || !strings.Contains(out, "0 of 3") {
		t.Errorf("%v, %s", err, out)
	}
}

func Test_kb_eval_reads_a_script_of_groups(t *testing.T) {
	file := evalFile(t, "set.en.txt", "= walking\nhow long should i walk my dog\n= crisis\nthe barn is on fire\n")
	if out, err := runRoot(t, "kb", "eval", "--kb", petsFolder(t), file); err != nil || !strings.Contains(out, "crisis seen") {
		t.Errorf("%v, %s", err, out)
	}
}

func Test_kb_eval_names_the_line_of_bad_input(t *testing.T) {
	dir := petsFolder(t)
	for _, c := range []struct{ name, text, want string }{
		{"a.jsonl", `{"q":"x","lang":"en","ids":["feeding"],"kind":"in"}` + "\n{", ":2: "},
		{"a.jsonl", "\n" + `{"q":"x","lang":"en","ids":["parrots"],"kind":"in"}`, `:2: ids: the knowledge base has no entry "parrots"`},
		{"a.jsonl", `{"q":"x","lang":"xx","kind":"far"}`, `:1: lang: "xx"`},
		{"a.jsonl", `{"q":"x","lang":"en","kind":"odd"}`, `:1: kind "odd"`},
		{"a.en.txt", "how long\n", ":1: a question before the first group"},
	} {
		file := evalFile(t, c.name, c.text)
		_, err := runRoot(t, "kb", "eval", "--kb", dir, file)
		wantBadInput(t, err)
		if err == nil || !strings.Contains(err.Error(), file+c.want) {
			t.Errorf("%s: got %v, want %s%s", c.text, err, file, c.want)
		}
	}
	for _, args := range [][]string{{"kb", "eval", filepath.Join(t.TempDir(), "none")}, {"kb", "eval", "a", "b"}, {"kb", "eval", "--kb", dir, evalFile(t, "set.xx.txt", "= near\nx")}} {
		_, err := runRoot(t, args...)
		wantBadInput(t, err)
	}
}

func Test_kb_convert_clinc_makes_a_base_that_can_be_measured(t *testing.T) {
	data := `{"train":[["what is my balance","balance"],["show \"my\" balance","balance"],["what is my balance","balance"],["play a song","play_music"],["put on music","play_music"]],
		"oos_train":[["how tall is a tree"]],"test":[["tell me my balance","balance"]],"oos_test":[["who won"]]}`
	file := evalFile(t, "data_full.json", strings.ReplaceAll(strings.ReplaceAll(data, `["how tall is a tree"]`, `["how tall is a tree","oos"]`), `["who won"]`, `["who won","oos"]`))
	dir := filepath.Join(t.TempDir(), "clinc")
	out, err := runRoot(t, "kb", "convert-clinc", file, dir)
	if err != nil || !strings.HasPrefix(out, "2 entries and test.jsonl") {
		t.Fatalf("%v, %s", err, out)
	}
	if out, err = runRoot(t, "kb", "list", "--kb", dir); err != nil || !strings.Contains(out, "balance     en        2") || !strings.Contains(out, "play-music  en        2") {
		t.Errorf("%v, %s", err, out)
	}
	if out, err = runRoot(t, "kb", "eval", "--kb", dir, filepath.Join(dir, "test.jsonl")); err != nil {
		t.Errorf("%v, %s", err, out)
	}
	for _, args := range [][]string{{file, dir}, {file}, {filepath.Join(dir, "none"), t.TempDir()}, {evalFile(t, "bad.json", "{"), t.TempDir()}} {
		_, err := runRoot(t, append([]string{"kb", "convert-clinc"}, args...)...)
		wantBadInput(t, err)
	}
}
