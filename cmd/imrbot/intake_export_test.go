package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// exportStore is a data folder with three intakes: 000001 of May 31 in
// California (June 1 in UTC), a draft; 000002 of June 1 with two letters, one of
// which is lost; 000003 of July 2.
func exportStore(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	store, err := openStore(data, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	commit := func(n, turn int, chat string, intakes ...dialog.Intake) {
		t.Helper()
		_, err := store.Commit(t.Context(), bot.Turn{Chat: bot.ChatKey(chat), Key: bot.InKey(fmt.Sprint(chat, n, turn)), After: uint64(turn), Intakes: intakes})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n, c := range []struct{ created, status, decided string }{
		{"2026-06-01T02:00:00Z", "draft", ""}, {"2026-06-01T19:00:00Z", "with-team", "2026-04-15"}, {"2026-07-02T19:00:00Z", "with-team", "2026-04-15"}} {
		chat := fmt.Sprint("chat:", n)
		commit(n, 0, chat)
		at, err := time.Parse(time.RFC3339, c.created)
		if err != nil {
			t.Fatal(err)
		}
		in := dialog.Intake{Ref: store.TakeRef(2026), Status: c.status, Created: at, Language: "en", Facts: map[string]*string{}, Form: map[string]*string{}}
		facts := dialog.Facts{"coverage": "individual", "problem": "denied", "reason": "not-medically-necessary", "grievance_date": "2026-04-01"}
		if c.decided != "" {
			facts["decision_date"] = c.decided
		} else {
			facts["grievance_date"] = "2026-05-20"
		}
		for key, value := range facts {
			in.Facts[key] = &value
		}
		if in.Verdict, err = imr.Assess(facts, dialog.Date{Year: 2026, Month: 6, Day: 1}); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			var b bytes.Buffer
			if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 20, 30))); err != nil {
				t.Fatal(err)
			}
			file, err := store.PutFile(t.Context(), bot.ChatKey(chat), "letter.png", b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			in.Files = []dialog.File{file, {ID: strings.Repeat("0", 32), Name: "lost.png", Type: "image/png"}}
		}
		commit(n, 1, chat, in)
	}
	return data
}

func runExport(data string, args ...string) (string, error) {
	cmd := intakeExportCommand(func() time.Time { return time.Date(2026, 7, 3, 12, 0, 0, 0, time.UTC) })
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(append([]string{"--data", data}, args...))
	err := cmd.Execute()
	return out.String(), err
}

func TestExportWritesTheIntakesThatFit(t *testing.T) {
	data := exportStore(t)
	for args, want := range map[string]string{
		"":                                      "1 2 3",
		"--status draft":                        "1",
		"--outcome imr":                         "2 3",
		"--outcome outside":                     "",
		"--since 2026-06-01":                    "2 3",
		"--until 2026-05-31":                    "1",
		"--since 2026-05-31 --until 2026-06-01": "1 2",
		"A-2026-000003 A-2026-000001":           "3 1",
		"--status draft A-2026-000003 A-2026-000001": "1",
	} {
		out, err := runExport(data, append([]string{"--format", "json"}, strings.Fields(args)...)...)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		var list []dialog.Intake
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		got := []string{}
		for _, in := range list {
			got = append(got, strings.TrimLeft(in.Ref[len("A-2026-"):], "0"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q gives %v, want %s", args, got, want)
		}
		out, err = runExport(data, append([]string{"--format", "csv"}, strings.Fields(args)...)...)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) != len(list)+1 {
			t.Errorf("%q: %d rows, %v", args, len(rows), err)
		}
	}
}

func TestExportWritesFilesThatOnlyTheirOwnerReads(t *testing.T) {
	data, dir := exportStore(t), t.TempDir()
	file := func(parts ...string) []byte {
		t.Helper()
		path := filepath.Join(append([]string{dir}, parts...)...)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if _, err := runExport(data, "--format", "csv", "--out", filepath.Join(dir, "a.csv")); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(file("a.csv"), []byte("ref,status,")) {
		t.Error("a.csv holds no CSV")
	}
	if _, err := runExport(data, "--format", "pdf", "A-2026-000003", "--out", filepath.Join(dir, "a.pdf")); err != nil {
		t.Fatal(err)
	}
	one := file("a.pdf")
	if out, err := runExport(data, "--format", "pdf", "A-2026-000003"); err != nil || out != string(one) {
		t.Errorf("on standard output the paper is another: %v", err)
	}
	_, err := runExport(data, "--format", "pdf", "--out", filepath.Join(dir, "papers"))
	if err == nil || !strings.Contains(err.Error(), "A-2026-000002") || errors.As(err, new(usageError)) {
		t.Errorf("a lost letter: %v", err)
	}
	for n, pictures := range map[int]int{1: 0, 2: 1, 3: 0} {
		raw := file("papers", fmt.Sprintf("A-2026-%06d.pdf", n))
		if got := bytes.Count(raw, []byte("/Subtype /Image")); got != pictures {
			t.Errorf("paper %d has %d pictures, want %d", n, got, pictures)
		}
	}
	if !bytes.Equal(file("papers", "A-2026-000003.pdf"), one) {
		t.Error("in the folder the paper is another")
	}
}

func TestExportNamesWhatIsWrongAndWritesNothing(t *testing.T) {
	data, dir := exportStore(t), t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"":                                `--format "": it is json, csv or pdf`,
		"--format xml":                    `--format "xml"`,
		"--format csv --since yesterday":  `--since: date "yesterday"`,
		"--format csv --until 2026-02-30": `--until: date "2026-02-30"`,
		"--format csv --since 2026-06-02 --until 2026-06-01": "--until 2026-06-01 lies before --since 2026-06-02",
		"--format csv --status waiting":                      `--status "waiting": no intake has it; there are draft, with-team, review, papers, filed, closed`,
		"--format csv --outcome win":                         `--outcome "win": it is one of imr`,
		"--format csv --today now":                           "--today",
		"--format csv A-2026-000009":                         "there is no intake A-2026-000009",
		"--format csv 17":                                    `"17" is not written like A-2026-000123`,
		"--format csv A-2026-000001 A-2026-000001":           "intake A-2026-000001 is named twice",
		"--format pdf":                                       "need a folder",
		"--format pdf --since 2027-01-01":                    "no intake fits",
		"--format pdf --out " + plain:                        plain + ": several PDFs need a folder",
		"--format pdf --out " + dir + "/x.pdf":               "for one file name one REF",
		"--format csv --out " + dir:                          dir + ": it is not a regular file",
		"--format csv --out " + dir + "/no/x":                dir + "/no/",
	} {
		out, err := runExport(data, strings.Fields(args)...)
		if err == nil || !errors.As(err, new(usageError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
		if out != "" {
			t.Errorf("%q wrote %q", args, out)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if raw, err := os.ReadFile(plain); err != nil || string(raw) != "mine" {
		t.Errorf("the file became %q", raw)
	}
	if _, err := runExport(t.TempDir(), "--format", "csv"); !errors.As(err, new(usageError)) {
		t.Errorf("a folder without a store: %v", err)
	}
}

func TestExportOfADamagedStoreWritesTheRestAndFails(t *testing.T) {
	data := exportStore(t)
	damageIntake(t, filepath.Join(data, storeFile))
	out, err := runExport(data, "--format", "json")
	if !errors.Is(err, bolt.ErrDamaged) || errors.As(err, new(usageError)) {
		t.Errorf("error %v", err)
	}
	var list []dialog.Intake
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 2 {
		t.Errorf("%d intakes, %v", len(list), err)
	}
}

// damageIntake changes a byte of the first intake in a store's file.
func damageIntake(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("intakes"))
		key, value := b.Cursor().First()
		value = bytes.Clone(value)
		value[len(value)-1] ^= 1
		return b.Put(bytes.Clone(key), value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSchemaIsPrinted(t *testing.T) {
	out, err := run(t, "", newIntakeSchemaCommand())
	if err != nil || !json.Valid([]byte(out)) || !strings.Contains(out, "https://json-schema.org/draft/2020-12/schema") {
		t.Errorf("%v\n%s", err, out)
	}
}
