package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// runKB runs "kb" with arguments and returns what it wrote.
func runKB(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newKBCommand()
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.Execute()
	return out.String(), errs.String(), err
}

// kbFolder writes files and returns their folder.
func kbFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func wantBadInput(t *testing.T, err error) {
	t.Helper()
	var bad usageError
	if !errors.As(err, &bad) {
		t.Errorf("%v is no bad input: the program would not end with 2", err)
	}
}

const kbEntry = "+++\ntitle = \"How?\"\nphrasings = [\"how\", \"how so\"]\n+++\nThe cat sat on the mat.\n"

func Test_kb_list_shows_each_entry_in_each_language(t *testing.T) {
	dir := kbFolder(t, map[string]string{"entries/a.en.md": kbEntry, "entries/a.es.md": kbEntry, "entries/b.fr.md": kbEntry})
	out, _, err := runKB(t, "list", "--kb", dir)
	want := "" +
		"ID  LANGUAGE  PHRASINGS  READING LEVEL  TITLE\n" +
		"a   en        2          grade -1.4     How?\n" +
		"a   es        2          INFLESZ 138.5  How?\n" +
		"b   fr        2                         How?\n"
	if err != nil || out != want {
		t.Errorf("%v\n%s", err, out)
	}
}

func Test_kb_list_as_JSON_has_the_same(t *testing.T) {
	dir := kbFolder(t, map[string]string{"entries/a.en.md": kbEntry, "entries/a.es.md": kbEntry})
	out, _, err := runKB(t, "list", "--json", "--kb", dir)
	var list []kbListed
	if err != nil || json.Unmarshal([]byte(out), &list) != nil || len(list) != 1 || len(list[0].Languages) != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	en, es := list[0].Languages[0], list[0].Languages[1]
	if en.Lang != "en" || en.Title != "How?" || en.Phrasings != 2 || en.Grade == nil || en.Inflesz != nil || es.Grade != nil || es.Inflesz == nil {
		t.Errorf("%s", out)
	}
}

func Test_kb_check_says_ok_or_names_every_defect(t *testing.T) {
	out, errs, err := runKB(t, "check", "--kb", kbFolder(t, map[string]string{"entries/a.en.md": kbEntry}))
	if err != nil || out != "ok: 1 entry, 1 language, 2 phrasings\n" || errs != "" {
		t.Errorf("%v %q %q", err, out, errs)
	}

	dir := kbFolder(t, map[string]string{"entries/a.en.md": kbEntry, "entries/b.en.md": kbEntry, "kb.toml": "forbidden = ['the mat']"})
	out, errs, err = runKB(t, "check", "--kb", dir)
	wantBadInput(t, err)
	lines := strings.Split(strings.TrimSpace(errs), "\n")
	if out != "" || len(lines) != 5 || !strings.HasPrefix(lines[0], dir+"/entries/a.en.md:5: the answer says") {
		t.Errorf("%q %q", out, errs)
	}

	dir = kbFolder(t, map[string]string{"entries/a.en.md": "+++\ntitel = \"How?\"\n+++\nx"})
	_, errs, err = runKB(t, "check", "--kb", dir)
	wantBadInput(t, err)
	if !strings.Contains(errs, dir+`/entries/a.en.md:2: the key "titel" is unknown: did you mean "title"?`) {
		t.Errorf("%q", errs)
	}
}

func Test_kb_takes_a_folder_that_is_not_there_as_bad_input(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{{"list", "--kb", none}, {"check", "--kb", none}, {"export", "--kb", none, filepath.Join(t.TempDir(), "new")}} {
		_, _, err := runKB(t, args...)
		wantBadInput(t, err)
	}
}

func Test_kb_export_writes_a_base_that_lists_the_same(t *testing.T) {
	target := filepath.Join(t.TempDir(), "mine")
	if _, _, err := runKB(t, "export", target); err != nil {
		t.Fatal(err)
	}
	embedded, _, err := runKB(t, "list")
	if err != nil {
		t.Fatal(err)
	}
	if exported, _, err := runKB(t, "list", "--kb", target); err != nil || exported != embedded {
		t.Errorf("%v\n%s", err, exported)
	}
	_, _, err = runKB(t, "export", target)
	wantBadInput(t, err)
	_, _, err = runKB(t, "export")
	wantBadInput(t, err)
}

func Test_kb_takes_further_subcommands(t *testing.T) {
	cmd := newKBCommand(&cobra.Command{Use: "eval", Run: func(*cobra.Command, []string) {}})
	if found, _, err := cmd.Find([]string{"eval"}); err != nil || found.Name() != "eval" {
		t.Errorf("%v %v", found, err)
	}
}
